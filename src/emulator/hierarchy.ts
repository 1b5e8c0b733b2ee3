import type { PolicyLevel } from "../gate/view.ts";
import { customRolesOf } from "./policies/custom-roles.ts";
import {
  customRoleKind,
  denyPolicyKind,
  folderKind,
  organizationKind,
  policyKind,
  projectKind,
  resourceTagKind,
} from "./state/records.ts";
import type { NodeRecord, OrganizationRecord } from "./state/records.ts";
import type { Kind, Store } from "./state/store.ts";

/** What {@link policyLevels} reads. */
export const hierarchyKinds: readonly Kind<unknown>[] = [
  organizationKind,
  folderKind,
  projectKind,
  resourceTagKind,
  policyKind,
  customRoleKind,
  denyPolicyKind,
];

/** What holds for a resource, its own first, then its project's, its folders' and its organisation's. */
export function policyLevels(store: Store, resource: string): readonly PolicyLevel[] {
  return ancestorsOf(store, resource).map((name) => {
    const denyPolicies = store.get(denyPolicyKind, name)?.value;
    const tags = store.get(resourceTagKind, name)?.value;
    const policy = store.get(policyKind, name)?.value ?? {};
    const customRoles = customRolesOf(store, policy.bindings);
    return {
      resource: name,
      policy,
      ...(customRoles ? { customRoles } : {}),
      ...(denyPolicies?.length ? { denyPolicies } : {}),
      ...(tags?.length ? { tags } : {}),
    };
  });
}

/** A resource, its project, its folders and its organisation, by name: `projects/P`, `folders/N`, `organizations/N`. */
export function ancestorsOf(store: Store, resource: string): readonly string[] {
  const project = /^projects\/[^/]+/.exec(resource)?.[0];
  const names = project === undefined || project === resource ? [resource] : [resource, project];
  for (let name = names.at(-1); name !== undefined;) {
    name = nodeOf(store, name)?.parent;
    if (name !== undefined) names.push(name);
  }
  return names;
}

/** The organisation that a resource is in. */
export function organizationOf(store: Store, resource: string): OrganizationRecord | undefined {
  const top = ancestorsOf(store, resource).at(-1) ?? "";
  return store.get(organizationKind, top)?.value;
}

/** An ancestor as Google writes it where ids are not taken: `projects/NUMBER`. */
export function numberedName(store: Store, name: string): string {
  const project = store.get(projectKind, name.replace(/^projects\//, ""))?.value;
  return name.startsWith("projects/") && project ? `projects/${project.number}` : name;
}

/** An organisation, folder or project by name. */
export function nodeOf(store: Store, name: string): NodeRecord | undefined {
  const [collection, id = ""] = name.split("/", 2);
  switch (collection) {
    case "projects":
      return store.get(projectKind, id)?.value;
    case "folders":
      return store.get(folderKind, name)?.value;
    default:
      return store.get(organizationKind, name)?.value;
  }
}
