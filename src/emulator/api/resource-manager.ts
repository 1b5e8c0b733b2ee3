import type { Project } from "../../google/resource-manager.ts";
import { ancestorsOf } from "../hierarchy.ts";
import { projectKind } from "../state/records.ts";
import type { ProjectRecord } from "../state/records.ts";
import { holds } from "./caller.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { paginate } from "./page.ts";
import { parseProjectFilter } from "./project-filter.ts";
import { policyMethods } from "./policy-methods.ts";
import { ApiFailure } from "./route.ts";

const v1 = "google.cloudresourcemanager.v1.Projects";
const v3 = "google.cloudresourcemanager.v3.Projects";

/** Projects of cloudresourcemanager.googleapis.com v1 and v3. Source: the API's discovery documents. */
export const resourceManagerMethods: readonly ApiMethod[] = [
  { id: `${v1}.ListProjects`, route: "GET /v1/projects", handle: list },
  { id: `${v1}.GetProject`, route: "GET /v1/projects/{project}", handle: (call) => show(find(call)) },
  { id: `${v3}.SearchProjects`, route: "GET /v3/projects:search", handle: search },
  { id: `${v3}.ListProjects`, route: "GET /v3/projects", handle: listV3 },
  { id: `${v3}.GetProject`, route: "GET /v3/projects/{project}", handle: (call) => showV3(find(call)) },
  { id: `${v1}.GetAncestry`, route: "POST /v1/projects/{project}:getAncestry", handle: getAncestry },
  ...["v1", "v3"].flatMap((version) =>
    policyMethods({
      service: version === "v1" ? v1 : v3,
      path: `/${version}/{resource=projects/*}`,
      getBy: "POST",
      permissionPrefix: "resourcemanager.projects",
      find: (state, name) => {
        const project = state.findProject(name.slice("projects/".length));
        if (!project) throw denied();
        return `projects/${project.id}`;
      },
      denied,
    }),
  ),
];

function find({ state, caller, path: { project = "" } }: MethodCall): ProjectRecord {
  const found = state.findProject(project);
  // A project that is not there looks like one that the caller may not see.
  if (!found || !holds(state, caller, "resourcemanager.projects.get", `projects/${found.id}`)) throw denied();
  return found;
}

function list(call: MethodCall): object {
  const { query } = call.call;
  return paginate("projects", findAll(call, query.get("filter") ?? "").map(show), query);
}

function search(call: MethodCall): object {
  const { query } = call.call;
  return paginate("projects", findAll(call, query.get("query") ?? "").map(showV3), query);
}

/** What is directly below a folder or an organisation. */
function listV3(call: MethodCall): object {
  const { state, caller } = call;
  const { query } = call.call;
  const parent = query.get("parent") ?? "";
  if (!/^(?:folders|organizations)\/\d+$/.test(parent)) {
    throw new ApiFailure("INVALID_ARGUMENT", "field [parent] has issue [it must be folders/ID or organizations/ID]");
  }
  if (!holds(state, caller, "resourcemanager.projects.list", parent)) throw denied();
  return paginate("projects", findAll(call, `parent:${parent}`).map(showV3), query);
}

/** The projects that a filter lets through and the caller may see. */
function findAll({ state, caller }: MethodCall, filter: string): readonly ProjectRecord[] {
  const isWanted = parseProjectFilter(filter);
  return state.store
    .list(projectKind)
    .filter(
      (project) => isWanted(project) && holds(state, caller, "resourcemanager.projects.get", `projects/${project.id}`),
    );
}

function getAncestry(call: MethodCall): object {
  const ancestors = ancestorsOf(call.state.store, `projects/${find(call).id}`);
  return { ancestor: ancestors.map((name) => ({ resourceId: toResourceId(name) })) };
}

function show({ id, number, createdMs, parent }: ProjectRecord): Project {
  const createTime = new Date(createdMs).toISOString();
  return {
    projectNumber: number,
    projectId: id,
    lifecycleState: "ACTIVE",
    name: id,
    createTime,
    ...(parent === undefined ? {} : { parent: toResourceId(parent) }),
  };
}

function showV3({ id, number, createdMs, parent }: ProjectRecord): object {
  const createTime = new Date(createdMs).toISOString();
  return {
    name: `projects/${number}`,
    ...(parent === undefined ? {} : { parent }),
    projectId: id,
    displayName: id,
    state: "ACTIVE",
    createTime,
  };
}

/** `folders/12` in v1's words. */
function toResourceId(name: string): { type: "project" | "folder" | "organization"; id: string } {
  const [collection, id = ""] = name.split("/");
  const type = collection === "projects" ? "project" : collection === "folders" ? "folder" : "organization";
  return { type, id };
}

function denied(): ApiFailure {
  return new ApiFailure("PERMISSION_DENIED", "The caller does not have permission");
}
