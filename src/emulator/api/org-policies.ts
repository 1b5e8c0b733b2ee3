import { memberDomainsConstraint, policyMembersConstraint } from "../../google/org-policy.ts";
import type { OrgPolicy, OrgPolicyRule } from "../../google/org-policy.ts";
import { constraintOf } from "../policies/policy-sharing.ts";
import { holds } from "./caller.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { ApiFailure } from "./route.ts";

/** orgpolicy.googleapis.com v2: what holds for a project. Source: google/cloud/orgpolicy/v2/orgpolicy.proto. */
export const orgPolicyMethods: readonly ApiMethod[] = [
  {
    id: "google.cloud.orgpolicy.v2.OrgPolicy.GetEffectivePolicy",
    route: "GET /v2/{parent=projects/*}/policies/{constraint}:getEffectivePolicy",
    handle: getEffective,
  },
];

function getEffective({ state, caller, path: { parent = "", constraint = "" } }: MethodCall): OrgPolicy {
  const project = state.findProject(parent.slice("projects/".length));
  const permission = "orgpolicy.policy.get";
  if (!project || !holds(state, caller, permission, `projects/${project.id}`)) {
    throw new ApiFailure(
      "PERMISSION_DENIED",
      `Permission '${permission}' denied on resource '//cloudresourcemanager.googleapis.com/${parent}' (or it may not exist).`,
    );
  }
  const rule = ruleOf(constraint, (name) => constraintOf(state, `projects/${project.id}`, name));
  if (!rule) throw new ApiFailure("NOT_FOUND", "Requested entity was not found.");
  return { name: `projects/${project.number}/policies/${constraint}`, spec: { rules: [rule] } };
}

/** What nobody has set is Google's default: everything is allowed. */
function ruleOf(
  constraint: string,
  read: (name: "allowedPolicyMemberDomains" | "allowedPolicyMembers") => readonly string[] | undefined,
): OrgPolicyRule | undefined {
  if (constraint === memberDomainsConstraint) {
    const allowedValues = read("allowedPolicyMemberDomains");
    return allowedValues ? { values: { allowedValues } } : { allowAll: true };
  }
  if (constraint !== policyMembersConstraint) return undefined;
  const allowed = read("allowedPolicyMembers");
  if (!allowed) return { enforce: false };
  const allowedPrincipalSets = allowed.filter((each) => each.startsWith("//"));
  const allowedMemberSubjects = allowed.filter((each) => !each.startsWith("//"));
  return { enforce: true, parameters: { allowedMemberSubjects, allowedPrincipalSets } };
}
