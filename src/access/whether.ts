import type { Context } from "../core/context.ts";
import { invokePermission } from "./access.ts";
import type { Access } from "./access.ts";
import { memberCovers } from "./covers.ts";
import { createEvaluator } from "./effective.ts";
import type { Effective } from "./effective.ts";
import type { ImpersonatorRow } from "./impersonators.ts";

/** Whether somebody can call a service, and by which path. */
export interface Whether {
  readonly member: string;
  readonly answer: "yes" | "no" | "unknown";
  /** By the member's own token. */
  readonly effective: Effective;
  /** Steps of a way by service accounts, where the own token does not do: each may act as the next. */
  readonly byWayOf: readonly ImpersonatorRow[];
}

/** Answers for one principal from what was listed, without another request. */
export async function whetherCanCall(context: Context, access: Access, member: string): Promise<Whether> {
  const evaluator = await createEvaluator(access.levels);
  const nowMs = context.clock.nowMs();
  const effective: Effective = evaluator.decide({ member }, invokePermission, nowMs);
  const isOpen = access.public || effective.outcome === "allowed";
  const byWayOf = isOpen ? [] : findWay(access, member);
  const answer = isOpen || byWayOf.length > 0 ? "yes" : effective.outcome === "unknown" ? "unknown" : "no";
  return { member, answer, effective, byWayOf };
}

/** The shortest chain of accounts from a member to one that may call. */
function findWay({ rows, impersonators }: Access, member: string): readonly ImpersonatorRow[] {
  const mayCall = new Set(rows.filter(({ counts }) => counts === "yes").map((row) => row.member));
  const seen = new Set([member]);
  let ways: { readonly at: string; readonly steps: readonly ImpersonatorRow[] }[] = [{ at: member, steps: [] }];
  while (ways.length > 0) {
    const longer = ways.flatMap(({ at, steps }) =>
      impersonators
        .filter((row) => row.counts === "yes" && memberCovers(row.member, { member: at }) === "yes")
        .map((row) => ({ at: `serviceAccount:${row.as}`, steps: [...steps, row] })),
    );
    const there = longer.find(({ at }) => mayCall.has(at));
    if (there) return there.steps;
    ways = longer.filter(({ at }) => !seen.has(at));
    for (const { at } of ways) seen.add(at);
  }
  return [];
}
