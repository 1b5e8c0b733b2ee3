import { isKnownRole, permissionsOf } from "../google/roles.ts";
import { ApiFailure } from "./api/route.ts";

/**
 * Refuses a role that cannot be granted on a resource. On a project any role of a service that the emulator knows nothing of
 * is let through: it grants nothing here.
 */
export function checkRole(role: string, resource: string): void {
  if (!isGrantable(role, resource)) {
    throw new ApiFailure("INVALID_ARGUMENT", `Role ${role} is not supported for this resource.`);
  }
}

function isGrantable(role: string, resource: string): boolean {
  if (/^(?:projects|organizations)\/[^/]+\/roles\/[\w.]+$/.test(role)) return true; // custom: grants nothing here
  const [, , collection] = resource.split("/");
  if (collection === undefined) return isKnownRole(role) || isOfOtherService(role);
  const prefix = collection === "serviceAccounts" ? "iam.serviceAccount" : "run.";
  return [...permissionsOf(role)].some((permission) => permission.startsWith(prefix));
}

function isOfOtherService(role: string): boolean {
  return /^roles\/[a-z]\w*\.\w+$/i.test(role) && !/^roles\/(?:run|iam|resourcemanager|serviceusage)\./.test(role);
}
