import { parseMember } from "../google/member.ts";
import type { Binding } from "../google/policy.ts";
import { permissionsOf } from "../google/roles.ts";
import type { PolicyLevel, Principal } from "./view.ts";

/** The first binding that allows something. */
export interface AllowingBinding {
  /** The resource whose policy holds the binding. */
  readonly resource: string;
  readonly binding: Binding;
  /** The member, as the binding has it, through which it holds. */
  readonly member: string;
}

/**
 * Evaluates allow policies: the union over all levels. A binding under a condition never grants, as conditions are not
 * evaluated yet; nor does a `deleted:` member, nor a role that is not in the table.
 * Source: IAM documentation, "Allow policies"; google/iam/v1/policy.proto.
 *
 * @param levels The resource's own policy and its parents'.
 * @param principal Who asks; `undefined` for someone unknown, to whom only `allUsers` applies. It must be active.
 * @param groups E-mails, in lower case, of the groups that the principal is in.
 * @param permission For example `run.routes.invoke`.
 */
export function findAllowingBinding(
  levels: readonly PolicyLevel[],
  principal: Principal | undefined,
  groups: ReadonlySet<string>,
  permission: string,
): AllowingBinding | undefined {
  for (const { resource, policy } of levels) {
    for (const binding of policy.bindings ?? []) {
      if (binding.condition || !permissionsOf(binding.role).has(permission)) continue;
      const member = binding.members.find((candidate) => includes(candidate, principal, groups));
      if (member !== undefined) return { resource, binding, member };
    }
  }
  return undefined;
}

/** The first binding that would allow it if its condition held. For explanations only. */
export function findConditionalBinding(
  levels: readonly PolicyLevel[],
  principal: Principal | undefined,
  groups: ReadonlySet<string>,
  permission: string,
): AllowingBinding | undefined {
  const unconditional = levels.map(({ resource, policy }) => ({
    resource,
    policy: { bindings: policy.bindings?.map(({ role, members }) => ({ role, members })) ?? [] },
  }));
  return findAllowingBinding(unconditional, principal, groups, permission);
}

function includes(text: string, principal: Principal | undefined, groups: ReadonlySet<string>): boolean {
  const member = parseMember(text);
  if (member?.kind === "allUsers") return true;
  if (!member || !principal) return false;
  switch (member.kind) {
    case "allAuthenticatedUsers":
      return true;
    case "user":
    case "serviceAccount":
      return member.kind === principal.kind && member.email === principal.email;
    case "group":
      return groups.has(member.email);
    case "domain":
      return principal.kind === "user" && principal.email.endsWith(`@${member.domain}`);
    default:
      // A deleted account's e-mail belongs to another one today; federated principals hold no ID tokens of Google's.
      return false;
  }
}
