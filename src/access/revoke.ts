import type { Context } from "../core/context.ts";
import { applyChange, planChange } from "./change.ts";
import type { AppliedChange, ConflictRetry, PlannedChange } from "./change.ts";
import type { GrantRequest } from "./grant.ts";
import { holdingsOf } from "./holding.ts";
import type { Holding } from "./holding.ts";
import { permissionsOf } from "../google/roles.ts";

/** What a member keeps although a role was taken away. */
export interface Remaining {
  readonly member: string;
  /** Bindings on the same resource that still give what the role gave: other roles, conditions, everybody. */
  readonly through: readonly Holding[];
}

/** What a revoke would do. */
export interface PlannedRevoke extends PlannedChange {
  readonly request: GrantRequest;
  readonly remaining: readonly Remaining[];
}

/** What a revoke did. */
export interface AppliedRevoke extends AppliedChange {
  readonly request: GrantRequest;
  readonly remaining: readonly Remaining[];
}

/**
 * Works out a revoke without writing anything: the members leave the role's binding without condition. Other roles and
 * conditional bindings stay; those that still let a member in are told.
 *
 * @throws {RunpassError} `permission_denied` or `not_found` when the policy cannot be read.
 */
export async function planRevoke(context: Context, request: GrantRequest, accessToken: string): Promise<PlannedRevoke> {
  const { resource, role, members } = request;
  const edits = members.map((member) => ({ action: "remove" as const, role, member }));
  const planned = await planChange(context, resource, edits, accessToken);
  const remaining = members.flatMap((member) => {
    const through = holdingsOf(member, [{ through: resource.kind, policy: planned.after }]).filter(
      (holding) => holding.role === role || [...permissionsOf(role)].some((p) => permissionsOf(holding.role).has(p)),
    );
    return through.length === 0 ? [] : [{ member, through }];
  });
  return { ...planned, request, remaining };
}

/**
 * Writes a planned revoke.
 *
 * @throws {RunpassError} `policy_conflict`, `permission_denied`, `policy_rejected`, `not_found`.
 */
export async function applyRevoke(
  context: Context,
  planned: PlannedRevoke,
  accessToken: string,
  retry?: ConflictRetry,
): Promise<AppliedRevoke> {
  return { ...planned, ...(await applyChange(context, planned, accessToken, retry)) };
}
