import { ownerOfRole } from "../../google/custom-role.ts";
import type { Binding } from "../../google/policy.ts";
import { customRoleKind } from "../state/records.ts";
import type { CustomRoleRecord } from "../state/records.ts";
import type { Store } from "../state/store.ts";
import type { World } from "../world/world.ts";

/** What the custom roles among a policy's bindings give; `undefined` where there are none. Deleted and disabled ones give nothing. */
export function customRolesOf(
  store: Store,
  bindings: readonly Binding[] | undefined,
): ReadonlyMap<string, ReadonlySet<string>> | undefined {
  const named = bindings?.filter(({ role }) => !role.startsWith("roles/"));
  if (!named || named.length === 0) return undefined;
  return new Map(
    named.flatMap(({ role }) => {
      const record = store.get(customRoleKind, role)?.value;
      return record && isEffective(record) ? [[role, new Set(record.includedPermissions)] as const] : [];
    }),
  );
}

function isEffective({ stage, deletedMs }: CustomRoleRecord): boolean {
  return stage !== "DISABLED" && deletedMs === undefined;
}

/** Puts a world's custom roles into a store. */
export function addCustomRoles(store: Store, { organizations = [], projects }: World): void {
  const owners = [
    ...organizations.map(({ id, roles }) => [`organizations/${id}`, roles] as const),
    ...projects.map(({ id, roles }) => [`projects/${id}`, roles] as const),
  ];
  for (const [owner, roles = []] of owners) {
    for (const { id, ...role } of roles) void store.put(customRoleKind, `${owner}/roles/${id}`, role);
  }
}

/** A custom role that a world's bindings name and the world does not have. */
export function findMissingRole({
  organizations = [],
  folders = [],
  projects,
  serviceAccounts,
  services,
}: World): string | undefined {
  const known = new Set([
    ...organizations.flatMap(({ id, roles = [] }) => roles.map((role) => `organizations/${id}/roles/${role.id}`)),
    ...projects.flatMap(({ id, roles = [] }) => roles.map((role) => `projects/${id}/roles/${role.id}`)),
  ]);
  return [...organizations, ...folders, ...projects, ...serviceAccounts, ...services]
    .flatMap(({ bindings = [] }) => bindings.map(({ role }) => role))
    .find((role) => ownerOfRole(role) !== undefined && !known.has(role));
}
