import { coversPermission, parseDenyPrincipal, toDenyPermission } from "../google/deny-policy.ts";
import type { DenyRule } from "../google/deny-policy.ts";
import type { FederatedPrincipal, PolicyLevel, Principal } from "./view.ts";

/** A rule that takes a permission from somebody: at once, or under its condition. */
export interface Denial {
  /** The resource that the deny policy is attached to. */
  readonly resource: string;
  /** The policy's name. */
  readonly policy: string;
  readonly rule: DenyRule;
  /** The denied principal, as the rule has it, that covers who asks. */
  readonly principal: string;
}

/**
 * Finds the deny rules that take a permission from a principal, of all levels. An exception counts within its own rule only.
 * Source: IAM documentation, "Deny policies"; google/iam/v2/deny.proto.
 *
 * @param principal Who asks; `undefined` for someone unknown, whom only rules for everyone cover.
 * @param groups E-mails, in lower case, of the groups that the principal is in.
 * @param permission For example `run.routes.invoke`.
 */
export function findDenials(
  levels: readonly PolicyLevel[],
  principal: Principal | FederatedPrincipal | undefined,
  groups: ReadonlySet<string>,
  permission: string,
): Denial[] {
  const asked = toDenyPermission(permission);
  const isCovered = (text: string): boolean => covers(text, principal, groups);
  return levels.flatMap(({ resource, denyPolicies = [] }) =>
    denyPolicies.flatMap(({ name, rules = [] }) =>
      rules.flatMap(({ denyRule: rule }): Denial[] => {
        if (!rule?.deniedPermissions?.some((pattern) => coversPermission(pattern, asked))) return [];
        if (rule.exceptionPermissions?.some((pattern) => coversPermission(pattern, asked))) return [];
        const denied = rule.deniedPrincipals?.find(isCovered);
        if (denied === undefined || rule.exceptionPrincipals?.some(isCovered)) return [];
        return [{ resource, policy: name, rule, principal: denied }];
      }),
    ),
  );
}

function covers(
  text: string,
  principal: Principal | FederatedPrincipal | undefined,
  groups: ReadonlySet<string>,
): boolean {
  const denied = parseDenyPrincipal(text);
  if (denied?.kind === "everyone") return true;
  if (!denied || !principal) return false;
  switch (denied.kind) {
    case "group":
      return groups.has(denied.email);
    case "other":
      return principal.sets?.includes(denied.name) ?? false;
    default:
      return principal.kind !== "federated" && denied.kind === principal.kind && denied.email === principal.email;
  }
}
