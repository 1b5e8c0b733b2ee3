import { RunpassError } from "../core/errors.ts";
import { ApiError } from "../google/call.ts";
import { resourceName, shortName } from "./resource.ts";
import type { Resource } from "./resource.ts";

/** Permissions to read and to write the policy of each kind of resource. */
export const policyPermissions = {
  service: { read: "run.services.getIamPolicy", write: "run.services.setIamPolicy" },
  account: { read: "iam.serviceAccounts.getIamPolicy", write: "iam.serviceAccounts.setIamPolicy" },
  project: { read: "resourcemanager.projects.getIamPolicy", write: "resourcemanager.projects.setIamPolicy" },
  folder: { read: "resourcemanager.folders.getIamPolicy", write: "resourcemanager.folders.setIamPolicy" },
  organization: {
    read: "resourcemanager.organizations.getIamPolicy",
    write: "resourcemanager.organizations.setIamPolicy",
  },
} as const;

const rolesToWrite = {
  service: "roles/run.admin or roles/iam.securityAdmin",
  account: "roles/iam.serviceAccountAdmin or roles/iam.securityAdmin",
  project: "roles/resourcemanager.projectIamAdmin or roles/iam.securityAdmin",
  folder: "roles/resourcemanager.folderIamAdmin or roles/iam.securityAdmin",
  organization: "roles/resourcemanager.organizationAdmin or roles/iam.securityAdmin",
} as const;

/**
 * What a failed read or write of a policy means and how to go on. Errors that are not Google's answer come back as they are.
 * Source of the messages told apart: IAM documentation, "Troubleshoot allow policies", and published answers.
 */
export function explainPolicyError(error: unknown, resource: Resource, act: "read" | "write"): unknown {
  if (!(error instanceof ApiError)) return error;
  const name = resourceName(resource);
  switch (error.code) {
    case "permission_denied":
      return new RunpassError({
        code: "permission_denied",
        message: `You may not ${act} the policy of ${name}: ${policyPermissions[resource.kind][act]} is missing`,
        why: error.message,
        fix: `Ask someone who may (an owner, ${rolesToWrite[resource.kind]}) to do it or to give you the role.`,
        cause: error,
      });
    case "not_found":
      return new RunpassError({
        code: "not_found",
        message: `There is no ${resource.kind === "account" ? "service account" : resource.kind} ${shortName(resource)}`,
        why: error.message,
        fix:
          resource.kind === "account"
            ? "List what is there: gcloud iam service-accounts list"
            : "Check name, region and project.",
        cause: error,
      });
    case "invalid_argument":
      return new RunpassError({
        code: "policy_rejected",
        message: `Google refused the policy of ${name}`,
        why: error.message,
        fix: fixOf(error),
        cause: error,
      });
    default:
      return error;
  }
}

function fixOf({ message, status }: ApiError): string {
  if (/does not exist/i.test(message))
    return "Check the spelling; an account that was deleted must be made anew first.";
  if (/unknown type|valid type prefix/i.test(message)) {
    return "Write the member with its kind: user:, serviceAccount:, group: or domain:.";
  }
  if (/permitted customer/i.test(message)) {
    return "The organisation allows members of certain domains only (iam.allowedPolicyMemberDomains): name one of those, or ask its administrator.";
  }
  if (status === "FAILED_PRECONDITION") {
    return "An organisation policy stands in the way (iam.managed.allowedPolicyMembers, for example): name a member that it allows, or ask its administrator.";
  }
  if (/not supported/i.test(message))
    return "Choose a role that this kind of resource takes, for example roles/run.invoker on a service.";
  if (/condition/i.test(message))
    return "A condition in the policy is not accepted: check it with gcloud alpha iam policies lint-condition, and repair or remove it.";
  return "Nothing was changed. Look at the policy with runpass access, and try again.";
}
