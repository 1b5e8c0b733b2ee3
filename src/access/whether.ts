import type { Context } from "../core/context.ts";
import { invokePermission } from "./access.ts";
import type { Access } from "./access.ts";
import { memberCovers } from "./covers.ts";
import type { Covers } from "./covers.ts";
import { createEvaluator } from "./effective.ts";
import type { Effective } from "./effective.ts";
import { decideWithGroups } from "./groups.ts";
import type { GroupReader } from "./groups.ts";
import type { ImpersonatorRow } from "./impersonators.ts";
import type { Unread } from "./levels.ts";
import { deniedPrefix } from "./rows.ts";
import { isSure } from "./troubleshooter.ts";
import type { Troubleshooter } from "./troubleshooter.ts";

/** Whether somebody can call a service, and by which path. */
export interface Whether {
  readonly member: string;
  readonly answer: "yes" | "no" | "unknown";
  /** By the member's own token. */
  readonly effective: Effective;
  /** Steps of a way by service accounts, where the own token does not do: each may act as the next. Not sure to work: `unknown`. */
  readonly byWayOf: readonly ImpersonatorRow[];
  /** Of a yes: what could not be read and might take it again, deny policies. */
  readonly unless: readonly Unread[];
}

/** Answers for one principal from what was listed; only groups are looked into anew, and Google is asked where a doubt is left. */
export async function whetherCanCall(
  context: Context,
  access: Access,
  member: string,
  readGroups: GroupReader,
  ask?: Troubleshooter,
): Promise<Whether> {
  const evaluator = await createEvaluator(access.levels);
  const nowMs = context.clock.nowMs();
  const own = await decideWithGroups(evaluator, member, invokePermission, nowMs, readGroups);
  const effective = isSure(own) ? own : ((await ask?.(member, invokePermission, access.service)) ?? own);
  const isIn = access.public || effective.outcome === "allowed";
  const isTold = effective.outcome === "allowed" && effective.source !== undefined;
  const unless = isTold ? [] : access.unread.filter(({ hides }) => hides !== "grants");
  const way = isIn ? [] : await findWay(access, member, readGroups, ["yes"]);
  if (way) return { member, answer: "yes", effective, byWayOf: way, unless };
  const mayBe = await findWay(access, member, readGroups, ["yes", "unknown"]);
  // Where the policies of an account are hidden, so are those who can act as it.
  const isHidden = access.isCut || (access.unread.some(({ hides }) => hides !== "denials") && mayActAsSome(access));
  const isUnknown = effective.outcome === "unknown" || mayBe !== undefined || isHidden || takesUnnamedAccounts(access);
  const answer = isUnknown ? "unknown" : "no";
  return { member, answer, effective, byWayOf: mayBe ?? [], unless: [] };
}

function mayActAsSome({ rows }: Access): boolean {
  return rows.some(({ member, counts }) => counts !== "no" && member.startsWith("serviceAccount:"));
}

/**
 * Sets of principals hold accounts that nobody lists, and whom to ask who can act as each of them. A deny rule that takes it from
 * the set may except some of those.
 */
function takesUnnamedAccounts({ rows }: Access): boolean {
  const isSet = /^(?:allUsers$|allAuthenticatedUsers$|group:|principalSet:)/;
  return rows.some(
    ({ member, counts, why }) => isSet.test(member) && (counts !== "no" || why?.startsWith(deniedPrefix)),
  );
}

/** The shortest chain of accounts from a member to one that may call, by steps that are sure enough. */
async function findWay(
  { rows, impersonators }: Access,
  member: string,
  readGroups: GroupReader,
  sureEnough: readonly Covers[],
): Promise<readonly ImpersonatorRow[] | undefined> {
  const groups = [...new Set(impersonators.map((row) => row.member))].filter((each) => each.startsWith("group:"));
  const mayCall = new Set(
    rows.filter(({ counts }) => sureEnough.includes(counts)).map((row) => row.member.toLowerCase()),
  );
  const seen = new Set([member]);
  let ways: { readonly at: string; readonly steps: readonly ImpersonatorRow[] }[] = [{ at: member, steps: [] }];
  while (ways.length > 0) {
    const longer: typeof ways = [];
    for (const { at, steps } of ways) {
      const subject = await readGroups(at, groups);
      for (const row of impersonators) {
        if (!sureEnough.includes(memberCovers(row.member, subject))) continue;
        const next = `serviceAccount:${row.as}`;
        const way = [...steps, row];
        if (sureEnough.includes(row.mints) && mayCall.has(next.toLowerCase())) return way;
        if (sureEnough.includes(row.goesOn)) longer.push({ at: next, steps: way });
      }
    }
    ways = longer.filter(({ at }) => !seen.has(at) && seen.add(at));
  }
  return undefined;
}
