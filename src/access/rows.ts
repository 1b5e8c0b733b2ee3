import type { Condition } from "../google/policy.ts";
import { expiryOf } from "./condition.ts";
import { customRoleUnread, heldBy } from "./custom-roles.ts";
import type { Evaluator } from "./effective.ts";
import type { Levels } from "./levels.ts";
import { resourceName } from "./resource.ts";
import type { Resource } from "./resource.ts";

/** One binding by which somebody has a permission. */
export interface PermissionRow {
  /** In IAM's form. */
  readonly member: string;
  readonly role: string;
  /** What kind of resource's policy holds the binding. */
  readonly through: Resource["kind"];
  /** That resource: `projects/demo-project`. */
  readonly resource: string;
  readonly condition?: Condition;
  /** RFC 3339, where the condition is a plain expiry. */
  readonly until?: string;
  /** Whether it counts now. `unknown`: a custom role that could not be read, or a condition or deny rule that cannot be judged from here. */
  readonly counts: "yes" | "no" | "unknown";
  /** Why it does not, or may not. */
  readonly why?: string;
}

/** What rows are judged by. */
export interface RowContext {
  readonly evaluator: Evaluator;
  readonly nowMs: number;
}

/** Every binding on any level that gives a permission, or may: one row a member. Deleted members can be nobody any more. */
export function rowsWith(permission: string, { levels, roles }: Levels, context: RowContext): PermissionRow[] {
  return levels.flatMap(({ resource, policy }) =>
    (policy?.bindings ?? []).flatMap(({ role, members, condition }) => {
      const held = heldBy(role, roles);
      if (held && !held.has(permission)) return [];
      const endsAtMs = condition && expiryOf(condition);
      return members
        .filter((member) => !member.startsWith("deleted:"))
        .map((member): PermissionRow => {
          return {
            member,
            role,
            through: resource.kind,
            resource: resourceName(resource),
            ...(condition ? { condition } : {}),
            ...(endsAtMs === undefined ? {} : { until: new Date(endsAtMs).toISOString() }),
            ...(held
              ? judgeRow(member, permission, condition, context)
              : { counts: "unknown", why: `a custom role: ${customRoleUnread}` }),
          };
        });
    }),
  );
}

/** Whether two rows, of different permissions, come from one binding. */
export function isSameBinding(one: PermissionRow, other: PermissionRow): boolean {
  return (
    one.member === other.member &&
    one.role === other.role &&
    one.resource === other.resource &&
    one.condition === other.condition
  );
}

/** What begins the reason of a row that a deny policy takes. */
export const deniedPrefix = "denied by ";

function judgeRow(
  member: string,
  permission: string,
  condition: Condition | undefined,
  { evaluator, nowMs }: RowContext,
): Pick<PermissionRow, "counts" | "why"> {
  const effective = evaluator.decide({ member }, permission, nowMs);
  if (effective.outcome === "denied") return { counts: "no", why: `${deniedPrefix}${effective.by.policy}` };
  const state = condition && evaluator.judge?.(condition, nowMs);
  if (state?.outcome === "fails") return { counts: "no", why: "its condition does not hold now" };
  if (state && "why" in state) {
    return state.outcome === "error"
      ? { counts: "no", why: `its condition cannot be evaluated: ${state.why}` }
      : { counts: "unknown", why: state.why };
  }
  // Unknown with a condition that holds, or none: by a deny rule that may cover the member, or a group it may be in.
  return effective.outcome === "unknown" && effective.mayBeDenied
    ? { counts: "unknown", why: effective.because[0] ?? "" }
    : { counts: "yes" };
}
