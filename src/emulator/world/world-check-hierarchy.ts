import { isPermissionName, isRoleId } from "../../google/custom-role.ts";
import { isDenyPolicyId } from "../../google/deny-policy.ts";
import { parseMember } from "../../google/member.ts";
import { isEntitlementId } from "../../google/privileged-access.ts";
import { findDenyRuleFault } from "../policies/deny-rules.ts";
import type { World, WorldEntitlement, WorldNode, WorldRole } from "./world.ts";

/** How a world's organisations, folders and projects contradict each other, or what hangs on them itself. */
export function findHierarchyFault(world: World): string | undefined {
  const { organizations = [], folders = [], projects } = world;
  const parents = new Map<string, string | undefined>();
  for (const { id } of organizations) parents.set(`organizations/${id}`, undefined);
  for (const { id, parent } of folders) parents.set(`folders/${id}`, parent);
  if (parents.size < organizations.length + folders.length) return "two organisations or folders have one number";
  for (const name of parents.keys()) if (!/\/\d+$/.test(name)) return `${name} has no number for an id`;
  const owners: readonly (readonly [string, string | undefined])[] = [
    ...folders.map(({ id, parent }) => [`folder ${id}`, parent] as const),
    ...projects.map(({ id, parent }) => [`project ${id}`, parent] as const),
  ];
  for (const [child, parent] of owners) {
    if (parent !== undefined && !parents.has(parent)) return `${child} is in ${parent}, which the world does not have`;
    const passed = new Set<string>();
    for (let above = parent; above !== undefined; above = parents.get(above)) {
      if (passed.has(above)) return `${child} is in ${above}, which is in itself`;
      passed.add(above);
    }
  }
  for (const { roles = [] } of [...organizations, ...projects]) {
    const fault = roles.map(findRoleFault).find((each) => each !== undefined);
    if (fault !== undefined) return fault;
  }
  for (const { entitlements = [] } of projects) {
    const fault = entitlements.map(findEntitlementFault).find((each) => each !== undefined);
    if (fault !== undefined) return fault;
  }
  for (const { denyPolicies = [], resourceTags = {} } of [...nodesOf(world), ...world.services.map(tagsAlone)]) {
    const key = Object.keys(resourceTags).find((each) => !/^[\w.:-]+\/[^/]+$/.test(each));
    if (key !== undefined) return `${JSON.stringify(key)} is no tag key: it is written ORGANISATION/KEY or PROJECT/KEY`;
    for (const { id, rules } of denyPolicies) {
      if (!isDenyPolicyId(id)) return `${JSON.stringify(id)} cannot be a deny policy's id`;
      const fault = rules.map(findDenyRuleFault).find((each) => each !== undefined);
      if (fault !== undefined) return `deny policy ${id}: ${fault}`;
    }
  }
  return undefined;
}

function findRoleFault({ id, includedPermissions }: WorldRole): string | undefined {
  if (!isRoleId(id)) return `${JSON.stringify(id)} cannot be a role's id (3 to 64 letters, digits, _ and .)`;
  const permission = includedPermissions.find((each) => !isPermissionName(each));
  return permission === undefined ? undefined : `${JSON.stringify(permission)}, of role ${id}, is no permission`;
}

function findEntitlementFault({ id, eligible, roles, maxSeconds = 3600 }: WorldEntitlement): string | undefined {
  if (!isEntitlementId(id)) {
    return `${JSON.stringify(id)} cannot be an entitlement's id (4 to 63 lower-case letters, digits and -)`;
  }
  const member = eligible.find((each) => !parseMember(each));
  if (member !== undefined) return `${JSON.stringify(member)}, who may ask for entitlement ${id}, is no member`;
  if (roles.length === 0) return `entitlement ${id} gives no role`;
  return maxSeconds >= 1800 ? undefined : `entitlement ${id} lasts less than half an hour (1800 seconds)`;
}

function nodesOf({ organizations = [], folders = [], projects }: World): readonly WorldNode[] {
  return [...organizations, ...folders, ...projects];
}

function tagsAlone({ resourceTags }: World["services"][number]): WorldNode {
  return resourceTags ? { resourceTags } : {};
}
