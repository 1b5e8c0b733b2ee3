import type { Condition } from "../google/policy.ts";
import { permissionsOf } from "../google/roles.ts";
import { expiryOf } from "./condition.ts";
import { memberCovers } from "./covers.ts";
import type { Subject } from "./covers.ts";
import { heldBy } from "./custom-roles.ts";
import type { CustomRoles } from "./custom-roles.ts";
import { createEvaluator } from "./effective.ts";
import type { DeniedBy } from "./effective.ts";
import { isPlainExpiry } from "./expiry.ts";
import type { Level, Levels } from "./levels.ts";
import { resourceName } from "./resource.ts";
import type { Resource } from "./resource.ts";

/** One binding by which a principal has something. */
export interface Holding {
  readonly role: string;
  /** What kind of resource's policy holds it. */
  readonly through: Resource["kind"];
  /** That resource: `projects/demo-project`. */
  readonly resource: string;
  /** The member of the binding that covers the principal: itself, a group, its domain, `allUsers` or `allAuthenticatedUsers`. */
  readonly by: string;
  readonly condition?: Condition;
}

/** What policies say of somebody who is to get a role. */
export interface Standing {
  /** By what it has the role's effect already; absent where something is missing, or not known: then a grant is needed. */
  readonly through?: readonly Holding[];
  /** A deny policy takes the effect, whatever is granted. */
  readonly denied?: DeniedBy;
}

/** Judges who has a role's effect already. */
export interface StandingJudge {
  /** Groups, in IAM's form, on whose members that may depend. */
  readonly groups: readonly string[];
  judge(subject: Subject): Standing;
}

/** The roles that runpass grants for what they allow: whoever can do that already needs no further binding. */
const judgedByPermissions: ReadonlySet<string> = new Set([
  "roles/run.invoker",
  "roles/run.servicesInvoker",
  "roles/iam.serviceAccountOpenIdTokenCreator",
  "roles/iam.serviceAccountTokenCreator",
]);

/** Every binding that surely covers somebody, conditional ones too. */
export function holdingsOf(subject: Subject, levels: readonly Level[]): Holding[] {
  return levels.flatMap(({ resource, policy }) =>
    (policy?.bindings ?? []).flatMap(({ role, members, condition }) => {
      const by = members.find((bound) => memberCovers(bound, subject) === "yes");
      if (by === undefined) return [];
      const where = { through: resource.kind, resource: resourceName(resource) };
      return [{ role, ...where, by, ...(condition ? { condition } : {}) }];
    }),
  );
}

/**
 * Makes a judge of who has a role's effect already, on any level: by a binding of the role itself or, for the roles of calling
 * and impersonating, by those that together hold its permissions.
 *
 * @param untilMs How long it is needed; bindings that end earlier do not count. Absent: for good, so none under a condition does.
 */
export async function createStandingJudge(
  levels: Levels,
  role: string,
  nowMs: number,
  untilMs?: number,
): Promise<StandingJudge> {
  const lasting = lastingOnly(levels, untilMs);
  const evaluator = await createEvaluator(lasting);
  const permissions = judgedByPermissions.has(role) ? [...permissionsOf(role)] : [];
  return {
    groups: [...new Set(permissions.flatMap((permission) => evaluator.groupsFor(permission)))],
    judge: (subject) => {
      const answers = permissions.map((permission) => evaluator.decide(subject, permission, nowMs));
      const denied = answers.find((answer) => answer.outcome === "denied")?.by;
      const holdings = holdingsOf(subject, lasting.levels);
      const same = holdings.find((holding) => holding.role === role);
      const through = same ? [same] : denied ? undefined : together(holdings, permissions, levels.roles);
      return { ...(through ? { through } : {}), ...(denied ? { denied } : {}) };
    },
  };
}

/** The fewest of the first bindings that hold all permissions between them. */
function together(
  holdings: readonly Holding[],
  permissions: readonly string[],
  roles: CustomRoles,
): Holding[] | undefined {
  if (permissions.length === 0) return undefined;
  const needed = permissions.map((permission) => holdings.find(({ role }) => heldBy(role, roles)?.has(permission)));
  return needed.every((holding) => holding !== undefined) ? [...new Set(needed)] : undefined;
}

/** The same policies without the bindings that may not count as long as needed. */
function lastingOnly({ levels, ...rest }: Levels, untilMs: number | undefined): Levels {
  const lasts = (condition: Condition): boolean =>
    untilMs !== undefined && isPlainExpiry(condition) && (expiryOf(condition) ?? 0) >= untilMs;
  return {
    ...rest,
    levels: levels.map(({ policy, ...level }) => {
      if (!policy) return level;
      const bindings = (policy.bindings ?? []).filter(({ condition }) => !condition || lasts(condition));
      return { ...level, policy: { ...policy, bindings } };
    }),
  };
}
