import type { Organization } from "../../google/resource-manager.ts";
import { folderKind, organizationKind } from "../state/records.ts";
import type { FolderRecord, OrganizationRecord } from "../state/records.ts";
import { holds } from "./caller.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { paginate } from "./page.ts";
import { policyMethods } from "./policy-methods.ts";
import { ApiFailure } from "./route.ts";

const folders = "google.cloud.resourcemanager.v3.Folders";
const organizations = "google.cloud.resourcemanager.v3.Organizations";

/** Folders (v2, v3) and organisations (v1, v3) of cloudresourcemanager.googleapis.com. Source: the API's discovery documents. */
export const resourceFolderMethods: readonly ApiMethod[] = [
  ...["v2", "v3"].flatMap((version) => [
    { id: `${folders}.GetFolder`, route: `GET /${version}/{name=folders/*}`, handle: getFolder(version) },
    { id: `${folders}.ListFolders`, route: `GET /${version}/folders`, handle: listFolders(version) },
    ...policyMethods({
      service: folders,
      path: `/${version}/{resource=folders/*}`,
      getBy: "POST" as const,
      permissionPrefix: "resourcemanager.folders",
      find: (state, name) => {
        if (!state.store.get(folderKind, name)) throw denied();
        return name;
      },
      denied,
    }),
  ]),
  ...["v1", "v3"].flatMap((version) => [
    {
      id: `${organizations}.GetOrganization`,
      route: `GET /${version}/{name=organizations/*}`,
      handle: getOrganization,
    },
    ...policyMethods({
      service: organizations,
      path: `/${version}/{resource=organizations/*}`,
      getBy: "POST" as const,
      permissionPrefix: "resourcemanager.organizations",
      find: (state, name) => {
        if (!state.store.get(organizationKind, name)) throw denied();
        return name;
      },
      denied,
    }),
  ]),
  { id: `${organizations}.SearchOrganizations`, route: "POST /v1/organizations:search", handle: search },
  { id: `${organizations}.SearchOrganizations`, route: "GET /v3/organizations:search", handle: search },
];

function getFolder(version: string): ApiMethod["handle"] {
  return ({ state, caller, path: { name = "" } }) => {
    const found = state.store.get(folderKind, name)?.value;
    // A folder that is not there looks like one that the caller may not see.
    if (!found || !holds(state, caller, "resourcemanager.folders.get", name)) throw denied();
    return showFolder(found, version);
  };
}

function listFolders(version: string): ApiMethod["handle"] {
  return ({ state, caller, call }) => {
    const parent = call.query.get("parent") ?? "";
    if (!holds(state, caller, "resourcemanager.folders.list", parent)) throw denied();
    const found = state.store.list(folderKind).filter((folder) => folder.parent === parent);
    return paginate(
      "folders",
      found.map((folder) => showFolder(folder, version)),
      call.query,
    );
  };
}

function getOrganization({ state, caller, path: { name = "" }, call }: MethodCall): object {
  const found = state.store.get(organizationKind, name)?.value;
  if (!found || !holds(state, caller, "resourcemanager.organizations.get", name)) throw denied();
  return showOrganization(found, call.path);
}

function search({ state, caller, call }: MethodCall): object {
  const found = state.store
    .list(organizationKind)
    .filter(({ id }) => holds(state, caller, "resourcemanager.organizations.get", `organizations/${id}`));
  return found.length > 0 ? { organizations: found.map((each) => showOrganization(each, call.path)) } : {};
}

function showFolder({ id, parent, displayName, createdMs }: FolderRecord, version: string): object {
  const state = version === "v2" ? { lifecycleState: "ACTIVE" } : { state: "ACTIVE" };
  return { name: `folders/${id}`, parent, displayName, ...state, createTime: new Date(createdMs).toISOString() };
}

function showOrganization({ id, domain, customerId, createdMs }: OrganizationRecord, path: string): object {
  const time = new Date(createdMs).toISOString();
  const name = `organizations/${id}`;
  if (path.startsWith("/v3/")) {
    return { name, displayName: domain, directoryCustomerId: customerId, state: "ACTIVE", createTime: time };
  }
  const shown: Organization = {
    name,
    displayName: domain,
    owner: { directoryCustomerId: customerId },
    creationTime: time,
    lifecycleState: "ACTIVE",
  };
  return shown;
}

function denied(): ApiFailure {
  return new ApiFailure("PERMISSION_DENIED", "The caller does not have permission");
}
