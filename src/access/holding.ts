import { parseMember } from "../google/member.ts";
import type { Condition, Policy } from "../google/policy.ts";
import { permissionsOf } from "../google/roles.ts";
import { isSameMember } from "./policy-edit.ts";
import type { Resource } from "./resource.ts";

/** A policy and where it hangs. */
export interface PolicyAt {
  readonly through: Resource["kind"];
  readonly policy: Policy;
}

/** One binding by which a principal has something. */
export interface Holding {
  readonly role: string;
  readonly through: PolicyAt["through"];
  /** The member of the binding that covers the principal: itself, `allUsers` or `allAuthenticatedUsers`. */
  readonly by: string;
  readonly condition?: Condition;
}

/** The roles that runpass grants for what they allow: whoever can do that already needs no further binding. */
const judgedByPermissions: ReadonlySet<string> = new Set([
  "roles/run.invoker",
  "roles/run.servicesInvoker",
  "roles/iam.serviceAccountOpenIdTokenCreator",
  "roles/iam.serviceAccountTokenCreator",
]);

/** Every binding that surely covers a member: by its own name or as one of everybody. Groups and domains cannot be looked into. */
export function holdingsOf(member: string, levels: readonly PolicyAt[]): Holding[] {
  return levels.flatMap(({ through, policy }) =>
    (policy.bindings ?? []).flatMap((binding) => {
      const by = binding.members.find((other) => covers(other, member));
      if (by === undefined) return [];
      return [{ role: binding.role, through, by, ...(binding.condition ? { condition: binding.condition } : {}) }];
    }),
  );
}

/**
 * Through what a member has everything that a role gives: the binding of the role itself or, for the roles of calling and
 * impersonating, those that together hold its permissions. Conditional bindings do not count.
 *
 * @returns `undefined` when something is missing, or not known: then a grant is needed.
 */
export function alreadyThrough(member: string, role: string, levels: readonly PolicyAt[]): Holding[] | undefined {
  const holdings = holdingsOf(member, levels).filter(({ condition }) => condition === undefined);
  const same = holdings.find((holding) => holding.role === role);
  if (same) return [same];
  if (!judgedByPermissions.has(role)) return undefined;
  const needed: Holding[] = [];
  for (const permission of permissionsOf(role)) {
    const holding = holdings.find((candidate) => permissionsOf(candidate.role).has(permission));
    if (!holding) return undefined;
    if (!needed.includes(holding)) needed.push(holding);
  }
  return needed;
}

/** Whether a binding's member stands for a principal, as far as its text tells. */
function covers(bound: string, member: string): boolean {
  if (isSameMember(bound, member) || bound === "allUsers") return true;
  if (bound !== "allAuthenticatedUsers") return false;
  const kind = parseMember(member)?.kind;
  return kind === "user" || kind === "serviceAccount";
}
