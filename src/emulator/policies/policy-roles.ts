import { ownerOfRole } from "../../google/custom-role.ts";
import { isKnownRole, permissionsOf } from "../../google/roles.ts";
import { ApiFailure } from "../api/route.ts";
import { ancestorsOf } from "../hierarchy.ts";
import { customRoleKind } from "../state/records.ts";
import type { State } from "../state/state.ts";

/**
 * Refuses a role that cannot be granted on a resource: a custom one that is not there, or that belongs to a project or
 * organisation elsewhere; a predefined one for other resources. On a project any role of a service that the emulator knows
 * nothing of is let through: it grants nothing here.
 */
export function checkRole({ store }: State, role: string, resource: string): void {
  const owner = ownerOfRole(role);
  if (owner !== undefined) {
    const record = store.get(customRoleKind, role)?.value;
    if (record && record.deletedMs === undefined && ancestorsOf(store, resource).includes(owner)) return;
    throw new ApiFailure("INVALID_ARGUMENT", `Role (${role}) does not exist in the resource's hierarchy.`);
  }
  if (!isGrantable(role, resource)) {
    throw new ApiFailure("INVALID_ARGUMENT", `Role ${role} is not supported for this resource.`);
  }
}

/** Whether a predefined role can be granted on a resource, by what is in it. */
export function isGrantable(role: string, resource: string): boolean {
  const [, , collection] = resource.split("/");
  if (collection === undefined) return isKnownRole(role) || isOfOtherService(role);
  const prefix = collection === "serviceAccounts" ? "iam.serviceAccount" : "run.";
  return [...permissionsOf(role)].some((permission) => permission.startsWith(prefix));
}

function isOfOtherService(role: string): boolean {
  return /^roles\/[a-z]\w*\.\w+$/i.test(role) && !/^roles\/(?:run|iam|resourcemanager|serviceusage)\./.test(role);
}
