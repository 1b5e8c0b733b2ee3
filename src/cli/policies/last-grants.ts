import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AppliedChange } from "../../access/change.ts";
import { isSameMember } from "../../access/policy-edit.ts";
import { resourceName } from "../../access/resource.ts";
import type { Resource } from "../../access/resource.ts";
import type { Context } from "../../core/context.ts";
import { writeWhole } from "../../core/write-whole.ts";
import { cacheDirectory } from "../../tokens/cache.ts";

/** A role that runpass gave to somebody: who waits for it to count is told since when. */
interface KeptGrant {
  readonly resource: string;
  readonly member: string;
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
}

type Surroundings = Pick<Context, "environment" | "log" | "clock">;

/** What was granted earlier has arrived, or never will. */
const keptMs = 60 * 60_000;
const mostKept = 50;

/** Keeps what was just granted. It is never a reason to fail. */
export function rememberGrants(context: Surroundings, changes: readonly AppliedChange[]): void {
  const nowMs = context.clock.nowMs();
  const added = changes.flatMap(({ resource, diff, changed }) =>
    diff
      .filter(({ sign }) => changed && sign === "+")
      .map(({ member }): KeptGrant => ({ resource: resourceName(resource), member, atMs: nowMs })),
  );
  if (added.length === 0) return;
  const kept = readGrants(context).filter(({ atMs }) => nowMs - atMs < keptMs);
  try {
    mkdirSync(cacheDirectory(context.environment), { recursive: true, mode: 0o700 });
    writeWhole(fileIn(context), JSON.stringify([...added, ...kept].slice(0, mostKept)));
  } catch (error) {
    context.log.debug(`What was granted cannot be kept: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** When runpass last gave somebody a role on a resource, within the last hour: milliseconds since the Unix epoch. */
export function grantedAt(context: Surroundings, resource: Resource, member: string): number | undefined {
  const found = readGrants(context).find(
    (grant) => grant.resource === resourceName(resource) && isSameMember(grant.member, member),
  );
  return found && context.clock.nowMs() - found.atMs < keptMs ? found.atMs : undefined;
}

function readGrants(context: Surroundings): readonly KeptGrant[] {
  try {
    const value: unknown = JSON.parse(readFileSync(fileIn(context), "utf8"));
    return Array.isArray(value) ? (value as unknown[]).filter(isKeptGrant) : [];
  } catch {
    return []; // none yet
  }
}

function isKeptGrant(value: unknown): value is KeptGrant {
  const { resource, member, atMs } = (value ?? {}) as Partial<Record<string, unknown>>;
  return typeof resource === "string" && typeof member === "string" && typeof atMs === "number";
}

function fileIn({ environment }: Surroundings): string {
  return join(cacheDirectory(environment), "last-grants.json");
}
