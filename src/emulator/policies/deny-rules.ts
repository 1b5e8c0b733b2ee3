import { findDenialFault } from "../../gate/condition.ts";
import { isDenyPermission, parseDenyPrincipal } from "../../google/deny-policy.ts";
import type { DenyPolicyRule } from "../../google/deny-policy.ts";

/** Rules in all deny policies of one resource together. Source: IAM documentation, "Deny policies". */
export const maxDenyRules = 500;

/** What is wrong with a rule of a deny policy, once conditions are loaded. Google's texts are not published. */
export function findDenyRuleFault({ denyRule: rule }: DenyPolicyRule): string | undefined {
  if (!rule) return "Each rule of a deny policy needs a denyRule.";
  const { deniedPrincipals = [], exceptionPrincipals = [], deniedPermissions = [], exceptionPermissions = [] } = rule;
  if (deniedPrincipals.length === 0) return "A deny rule needs deniedPrincipals.";
  if (deniedPermissions.length === 0) return "A deny rule needs deniedPermissions.";
  const principal = [...deniedPrincipals, ...exceptionPrincipals].find((each) => !parseDenyPrincipal(each));
  if (principal !== undefined) return `Invalid principal in a deny rule: ${principal}`;
  const permission = [...deniedPermissions, ...exceptionPermissions].find((each) => !isDenyPermission(each));
  if (permission !== undefined) return `Invalid permission in a deny rule: ${permission}`;
  const { denialCondition } = rule;
  const fault = denialCondition && findDenialFault(denialCondition.expression);
  return fault === undefined ? undefined : `The denial condition is invalid: ${fault}`;
}
