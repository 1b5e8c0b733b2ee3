import { formatMember, parseMember } from "../google/member.ts";
import type { Binding } from "../google/policy.ts";
import { permissionsOf } from "../google/roles.ts";
import type { FederatedPrincipal, PolicyLevel, Principal } from "./view.ts";

/** A binding that gives somebody a permission: at once, or under its condition. */
export interface Grant {
  /** The resource whose policy holds the binding. */
  readonly resource: string;
  readonly binding: Binding;
  /** The member, as the binding has it, through which it holds. */
  readonly member: string;
}

/**
 * Finds the bindings that give a permission: the union over all levels. A `deleted:` member gives nothing, nor does a role that
 * is neither in the table nor among the level's custom ones. Once one gives it without a condition the others do not matter, and it alone is returned.
 * Source: IAM documentation, "Allow policies"; google/iam/v1/policy.proto.
 *
 * @param levels The resource's own policy and its parents'.
 * @param names What the principal is called, by {@link memberNames}.
 * @param permission For example `run.routes.invoke`.
 */
export function findGrants(levels: readonly PolicyLevel[], names: readonly string[], permission: string): Grant[] {
  const conditional: Grant[] = [];
  for (const { resource, policy, customRoles } of levels) {
    for (const binding of policy.bindings ?? []) {
      const permissions = customRoles?.get(binding.role) ?? permissionsOf(binding.role);
      if (!permissions.has(permission)) continue;
      const member = findMember(binding, names);
      if (member === undefined) continue;
      if (!binding.condition) return [{ resource, binding, member }];
      conditional.push({ resource, binding, member });
    }
  }
  return conditional;
}

/**
 * Every member, in the spelling that {@link formatMember} gives, that covers a principal. Somebody of an identity pool is not
 * among `allAuthenticatedUsers`, which are Google's own. A deleted account's e-mail belongs to another one today.
 *
 * @param principal Who asks; `undefined` for someone unknown, to whom only `allUsers` applies. It must be active.
 * @param groups E-mails, in lower case, of the groups that the principal is in.
 */
export function memberNames(
  principal: Principal | FederatedPrincipal | undefined,
  groups: ReadonlySet<string>,
): string[] {
  if (!principal) return ["allUsers"];
  if (principal.kind === "federated") return ["allUsers", ...principal.sets];
  const { kind, email, sets = [] } = principal;
  return [
    `${kind}:${email}`,
    "allUsers",
    "allAuthenticatedUsers",
    ...(kind === "user" ? [`domain:${email.slice(email.lastIndexOf("@") + 1)}`] : []),
    ...[...groups].map((group) => `group:${group}`),
    ...sets,
  ];
}

/** The first of a binding's members that is one of these names, as the binding has it. */
function findMember(binding: Binding, names: readonly string[]): string | undefined {
  const normalised = normalisedMembers(binding);
  for (const name of names) {
    const index = normalised.indexOf(name);
    if (index >= 0) return binding.members[index];
  }
  return undefined;
}

/** By binding, as a policy is never changed in place. A list that is already spelt as IAM compares it is its own entry. */
const normalisedByBinding = new WeakMap<Binding, readonly string[]>();

function normalisedMembers(binding: Binding): readonly string[] {
  const known = normalisedByBinding.get(binding);
  if (known) return known;
  const spelt = binding.members.map(normalise);
  const isSame = spelt.every((member, index) => member === binding.members[index]);
  const normalised = isSame ? binding.members : spelt;
  normalisedByBinding.set(binding, normalised);
  return normalised;
}

function normalise(text: string): string {
  const member = parseMember(text);
  return member ? formatMember(member) : "";
}
