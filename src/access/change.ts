import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import { ApiError } from "../google/call.ts";
import type { Policy } from "../google/policy.ts";
import { diffPolicies } from "./policy-diff.ts";
import type { PolicyDifference } from "./policy-diff.ts";
import { applyEdit } from "./policy-edit.ts";
import type { PolicyEdit } from "./policy-edit.ts";
import { explainPolicyError } from "./policy-error.ts";
import { readPolicy, resourceName, writePolicy } from "./resource.ts";
import type { Resource } from "./resource.ts";

/** Edits of one resource's policy, not yet written. */
export interface PlannedChange {
  readonly resource: Resource;
  /** As asked for; those that would change nothing are in it too. */
  readonly edits: readonly PolicyEdit[];
  readonly before: Policy;
  readonly after: Policy;
  /** Empty: nothing to write. */
  readonly diff: readonly PolicyDifference[];
}

/** What became of a {@link PlannedChange}. */
export interface AppliedChange extends PlannedChange {
  readonly changed: boolean;
}

/** How often a write that lost a race is tried again, and how long it waits in between. */
export interface ConflictRetry {
  readonly attempts: number;
  /** Waits about this long, in milliseconds. */
  readonly pause: (delayMs: number) => Promise<void>;
}

const defaultRetry: ConflictRetry = {
  attempts: 6,
  pause: (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)),
};

/** Reads a policy and works out what the edits would make of it. Writes nothing. */
export async function planChange(
  context: Context,
  resource: Resource,
  edits: readonly PolicyEdit[],
  accessToken: string,
): Promise<PlannedChange> {
  try {
    return planOn(await readPolicy(context, resource, accessToken), resource, edits);
  } catch (error) {
    throw explainPolicyError(error, resource, "read");
  }
}

/** The same on a policy that was read already. */
export function planOn(before: Policy, resource: Resource, edits: readonly PolicyEdit[]): PlannedChange {
  const after = edits.reduce(applyEdit, before);
  return { resource, edits, before, after, diff: diffPolicies(before, after) };
}

/**
 * Writes a planned change with the etag that was read. When the policy changed meanwhile, Google answers 409: then the policy is
 * read anew, the edits are made on that, and it is tried again after a growing, random pause. So nobody's binding is lost.
 *
 * @throws {RunpassError} `policy_conflict` when every attempt lost, `permission_denied`, `policy_rejected`, `not_found`.
 */
async function applyChange(
  context: Context,
  planned: PlannedChange,
  accessToken: string,
  retry: ConflictRetry = defaultRetry,
): Promise<AppliedChange> {
  const { resource, edits } = planned;
  let current = planned;
  for (let attempt = 1; ; attempt++) {
    if (current.diff.length === 0) return { ...current, changed: false };
    try {
      const stored = await writePolicy(context, resource, current.after, accessToken);
      return { ...current, after: stored, changed: true };
    } catch (error) {
      if (!isConflict(error)) throw explainPolicyError(error, resource, "write");
      if (attempt >= retry.attempts) throw exhausted(resource, attempt, error);
    }
    context.log.debug(`The policy of ${resourceName(resource)} changed meanwhile: attempt ${attempt + 1}`);
    await retry.pause(50 * 2 ** attempt * (0.5 + Math.random()));
    current = await planChange(context, resource, edits, accessToken);
  }
}

/**
 * Writes planned changes one after the other, in their order; those without a difference are passed over.
 *
 * @throws {RunpassError} the first failure; when changes before it were written, its message names them.
 */
export async function applyChanges<P extends PlannedChange>(
  context: Context,
  planned: readonly P[],
  accessToken: string,
  retry?: ConflictRetry,
): Promise<readonly (P & AppliedChange)[]> {
  const applied: (P & AppliedChange)[] = [];
  for (const plan of planned) {
    try {
      applied.push({ ...plan, ...(await applyChange(context, plan, accessToken, retry)) });
    } catch (error) {
      const written = applied.filter(({ changed }) => changed);
      throw written.length === 0 ? error : halfDone(error, written);
    }
  }
  return applied;
}

function halfDone(error: unknown, written: readonly AppliedChange[]): unknown {
  if (!(error instanceof RunpassError)) return error;
  const done = written.map(
    ({ resource, diff }) => `${[...new Set(diff.map(({ role }) => role))].join(" and ")} on ${resourceName(resource)}`,
  );
  return new RunpassError({
    code: error.code,
    message: `Only a part was done. Written: ${done.join(", ")}. Failed: ${error.message}`,
    why: error.why,
    fix: `${error.fix === undefined ? "Run" : `${error.fix} Then run`} the command again: it writes what is missing.`,
    cause: error,
  });
}

function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.httpStatus === 409;
}

function exhausted(resource: Resource, attempts: number, cause: unknown): RunpassError {
  return new RunpassError({
    code: "policy_conflict",
    message: `The policy of ${resourceName(resource)} kept changing: ${attempts} attempts to write it failed`,
    why: "someone or something else writes the same policy",
    fix: "Run the command again.",
    cause,
  });
}
