import { randomBytes, randomUUID } from "node:crypto";
import type { DenyPolicy } from "../../google/deny-policy.ts";
import { formatDenyPolicyName } from "../../google/deny-policy.ts";
import { numberedName } from "../hierarchy.ts";
import {
  denyPolicyKind,
  entitlementKind,
  folderKind,
  organizationKind,
  policyKind,
  projectKind,
} from "../state/records.ts";
import type { NodeRecord } from "../state/records.ts";
import { addResourceTags } from "../resource-tags.ts";
import type { Store } from "../state/store.ts";
import type { World, WorldDenyPolicy, WorldNode } from "./world.ts";

/** Puts a world's organisations, folders and projects into a store, with what hangs on them. */
export function addHierarchy(store: Store, world: World, nowMs: number): void {
  for (const organization of world.organizations ?? []) {
    const { id, domain, customerId } = organization;
    const name = `organizations/${id}`;
    const record = { id, domain: domain.toLowerCase(), customerId, createdMs: nowMs, ...constraintsOf(organization) };
    void store.put(organizationKind, name, record);
    addNode(store, name, organization, nowMs);
  }
  for (const folder of world.folders ?? []) {
    const { id, parent, displayName = id } = folder;
    const name = `folders/${id}`;
    void store.put(folderKind, name, { id, parent, displayName, createdMs: nowMs, ...constraintsOf(folder) });
    addNode(store, name, folder, nowMs);
  }
  for (const project of world.projects) {
    const { id, number, parent } = project;
    const above = parent === undefined ? {} : { parent };
    void store.put(projectKind, id, { id, number, createdMs: nowMs, ...above, ...constraintsOf(project) });
    addNode(store, `projects/${id}`, project, nowMs);
    for (const { id: entitlement, eligible, roles, maxSeconds = 3600 } of project.entitlements ?? []) {
      const name = `projects/${id}/locations/global/entitlements/${entitlement}`;
      void store.put(entitlementKind, name, { eligible, roles, maxSeconds, createdMs: nowMs });
    }
  }
}

function addNode(store: Store, name: string, node: WorldNode, nowMs: number): void {
  const { bindings = [], denyPolicies = [], resourceTags } = node;
  if (bindings.length > 0) void store.put(policyKind, name, { version: 1, bindings });
  addResourceTags(store, name, resourceTags, nowMs);
  if (denyPolicies.length > 0) {
    const policies = denyPolicies.map((policy) => toDenyPolicy(numberedName(store, name), policy, nowMs));
    void store.put(denyPolicyKind, name, policies);
  }
}

function toDenyPolicy(attachedTo: string, { id, displayName, rules }: WorldDenyPolicy, nowMs: number): DenyPolicy {
  const time = new Date(nowMs).toISOString();
  return {
    name: formatDenyPolicyName(attachedTo, id),
    uid: randomUUID(),
    kind: "DenyPolicy",
    ...(displayName === undefined ? {} : { displayName }),
    etag: randomBytes(8).toString("base64"),
    createTime: time,
    updateTime: time,
    rules,
  };
}

function constraintsOf({
  allowedPolicyMemberDomains,
  allowedPolicyMembers,
}: WorldNode): Pick<NodeRecord, "constraints"> {
  if (!allowedPolicyMemberDomains && !allowedPolicyMembers) return {};
  return {
    constraints: {
      ...(allowedPolicyMemberDomains ? { allowedPolicyMemberDomains } : {}),
      ...(allowedPolicyMembers ? { allowedPolicyMembers } : {}),
    },
  };
}
