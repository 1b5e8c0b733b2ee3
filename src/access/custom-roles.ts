import type { Context } from "../core/context.ts";
import { callApi, isRefusal } from "../google/call.ts";
import { ownerOfRole } from "../google/custom-role.ts";
import type { CustomRole } from "../google/custom-role.ts";
import { iamHost } from "../google/iam.ts";
import type { Policy } from "../google/policy.ts";
import { permissionsOf } from "../google/roles.ts";

/** What roles hold that are not in the table, by their names. A custom role that could not be read is not in it. */
export type CustomRoles = ReadonlyMap<string, ReadonlySet<string>>;

/** What would let a custom role be read, as the end of a sentence about it. */
export const customRoleUnread = "what it holds could not be read: iam.roles.get is missing";

/** What a role holds; `undefined` for a custom role that could not be read. */
export function heldBy(role: string, custom: CustomRoles): ReadonlySet<string> | undefined {
  return custom.get(role) ?? (role.startsWith("roles/") ? permissionsOf(role) : undefined);
}

/** Whether a role holds a permission, as far as is known: of a role that could not be read it is not. */
export function mayHold(role: string, permission: string, custom: CustomRoles): boolean {
  return heldBy(role, custom)?.has(permission) ?? true;
}

/** The custom roles that somebody has by a policy. */
export function customRolesIn({ bindings = [] }: Policy): readonly string[] {
  const named = bindings.filter(({ members }) => members.some((member) => !member.startsWith("deleted:")));
  return [...new Set(named.map(({ role }) => role))].filter((role) => ownerOfRole(role) !== undefined);
}

/**
 * Reads what a custom role holds: nothing where it is deleted, disabled or gone. Source: google/iam/admin/v1/iam.proto, `GetRole`.
 *
 * @returns `undefined` where the caller may not look into it.
 * @throws {RunpassError} `google_unreachable`, `credentials_rejected`.
 */
export async function readCustomRole(
  context: Context,
  role: string,
  accessToken: string,
): Promise<ReadonlySet<string> | undefined> {
  const url = `https://${iamHost}/v1/${role.replaceAll(/[^/]+/g, encodeURIComponent).replaceAll("%3A", ":")}`;
  try {
    const request = { method: "GET", url, accessToken, signal: context.signal } as const;
    const { includedPermissions = [], stage, deleted } = await callApi<CustomRole>(context.fetch, request);
    return new Set(deleted || stage === "DISABLED" ? [] : includedPermissions);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return error.code === "not_found" ? new Set() : undefined;
  }
}
