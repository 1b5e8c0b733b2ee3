import { formatServiceName, parseServiceName, runRegions } from "../../google/run-name.ts";
import type { RunServiceName } from "../../google/run-name.ts";
import { serviceKind } from "../run/records.ts";
import type { ServiceRecord } from "../run/records.ts";
import type { State } from "../state/state.ts";
import type { Stored } from "../state/store.ts";
import { holds } from "./caller.ts";
import type { Caller } from "./caller.ts";
import { ApiFailure } from "./route.ts";

/** Regions that Cloud Run Admin lists, those of the world's services among them. */
export function listRegions(state: State): string[] {
  return [...new Set([...runRegions, ...state.store.list(serviceKind).map(({ region }) => region)])].toSorted();
}

/**
 * Refuses a region that neither Cloud Run nor the world has: a slip of the pen would otherwise deploy to nowhere.
 *
 * @throws {ApiFailure} `PERMISSION_DENIED`.
 */
export function checkRegion(state: State, region: string): void {
  if (listRegions(state).includes(region)) return;
  throw new ApiFailure("PERMISSION_DENIED", `Location ${region} is not found or access is unauthorized.`);
}

/**
 * Services of a project, in one region or, with `-`, in all.
 *
 * @throws {ApiFailure} `PERMISSION_DENIED`.
 */
export function listServices(state: State, caller: Caller, project: string, region: string): readonly ServiceRecord[] {
  const found = state.findProject(project);
  const permission = "run.services.list";
  if (!found || !holds(state, caller, permission, `projects/${found.id}`)) {
    throw denied(permission, `projects/${project}/locations/${region}`);
  }
  return state.store
    .list(serviceKind)
    .filter((each) => each.project === found.id && (region === "-" || each.region === region));
}

/**
 * The service of these names, once the caller may do to it what `permission` says.
 *
 * @param shownName How the API that was called names it, for the error.
 * @throws {ApiFailure} `PERMISSION_DENIED`, `NOT_FOUND`.
 */
export function findService(
  state: State,
  caller: Caller,
  name: { readonly project: string; readonly region: string; readonly service: string },
  permission: string,
  shownName: string,
): Stored<ServiceRecord> {
  const project = state.findProject(name.project);
  if (!project) throw denied(permission, shownName);
  const fullName = formatServiceName({ ...name, project: project.id });
  // Who may not look is not told what exists.
  if (!holds(state, caller, permission, fullName)) throw denied(permission, shownName);
  const found = state.store.get(serviceKind, fullName);
  if (!found) throw missing("SERVICE", name.service, { region: name.region, project: project.id });
  return found;
}

/**
 * The project and region in which something is to be made, once the caller may.
 *
 * @throws {ApiFailure} `PERMISSION_DENIED`.
 */
export function authorizeCreation(
  state: State,
  caller: Caller,
  projectIdOrNumber: string,
  permission: string,
  shownName: string,
): string {
  const project = state.findProject(projectIdOrNumber);
  if (!project || !holds(state, caller, permission, `projects/${project.id}`)) throw denied(permission, shownName);
  return project.id;
}

/** Google's answer where there is no such thing. */
export function missing(
  kind: "SERVICE" | "REVISION" | "OPERATION",
  name: string,
  { region, project }: { readonly region: string; readonly project: string },
): ApiFailure {
  return new ApiFailure(
    "NOT_FOUND",
    `Resource '${name}' of kind '${kind}' in region '${region}' in project '${project}' does not exist.`,
  );
}

export function denied(permission: string, name: string): ApiFailure {
  return new ApiFailure(
    "PERMISSION_DENIED",
    `Permission '${permission}' denied on resource '${name}' (or resource may not exist).`,
  );
}

/**
 * Reads the name that a template has matched.
 *
 * @throws {ApiFailure} `INVALID_ARGUMENT`.
 */
export function parseName(name: string): RunServiceName {
  const parsed = parseServiceName(name);
  if (!parsed) throw new ApiFailure("INVALID_ARGUMENT", `Invalid resource name: ${name}`);
  return parsed;
}

/** A service's full name for who asks what they may do with it: whether they may look at it does not matter. */
export function findForTest(state: State, name: string): string | undefined {
  const parsed = parseName(name);
  const project = state.findProject(parsed.project);
  const fullName = project && formatServiceName({ ...parsed, project: project.id });
  return fullName !== undefined && state.store.get(serviceKind, fullName) ? fullName : undefined;
}
