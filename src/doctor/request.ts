import { listRequestableAccess } from "../access/entitlements.ts";
import type { RequestableAccess } from "../access/entitlements.ts";
import { shellQuote } from "../access/gcloud-lines.ts";
import { idTokenCreatorRole, invokerRole } from "../access/grant-request.ts";
import type { GrantRequest } from "../access/grant-request.ts";
import { policyPermissions } from "../access/policy-error.ts";
import { projectOf } from "../access/resource.ts";
import { invokePermission } from "./policy-link.ts";
import type { Repair } from "./finding.ts";
import type { Seen } from "./seen.ts";

/**
 * What the caller may ask for by Privileged Access Manager instead of a grant that it may not write: what is missing itself, else
 * the right to grant it. At most one entitlement, the one that gives the least.
 */
export async function requestInsteadOf(
  grants: readonly GrantRequest[],
  { walk, service, accessToken, self }: Seen,
): Promise<Repair["request"]> {
  const project = service?.name.project;
  const isElsewhere = grants.some(({ resource }) => projectOf(resource) !== project);
  if (project === undefined || accessToken === undefined || isElsewhere) return undefined;
  const offered = await listRequestableAccess(walk.context, project, accessToken);
  const isForSelf = grants.every(({ members }) => members.every((member) => member === self));
  const direct = isForSelf ? smallest(offered, grants.map(permissionOf)) : undefined;
  const found =
    direct ??
    smallest(
      offered,
      grants.map(({ resource }) => policyPermissions[resource.kind].write),
    );
  if (!found) return undefined;
  const why = shellQuote(`to call ${service?.name.service}`);
  const line = `gcloud pam grants create --entitlement ${found.id} --requested-duration ${found.maxDuration} --justification ${why} --location global --project ${project}`;
  return { line, gives: direct ? "access" : "right to grant" };
}

function smallest(offered: readonly RequestableAccess[], needed: readonly string[]): RequestableAccess | undefined {
  return offered
    .filter(({ permissions }) => needed.every((permission) => permissions.has(permission)))
    .toSorted((one, other) => one.permissions.size - other.permissions.size)[0];
}

/** What a grant of a repair is for. */
function permissionOf({ role }: GrantRequest): string {
  if (role === invokerRole) return invokePermission;
  return role === idTokenCreatorRole ? "iam.serviceAccounts.getOpenIdToken" : "iam.serviceAccounts.implicitDelegation";
}
