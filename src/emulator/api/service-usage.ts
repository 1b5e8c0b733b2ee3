import { holds } from "./caller.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import type { ProjectRecord } from "../state/records.ts";
import { paginate } from "./page.ts";
import { ApiFailure } from "./route.ts";

const service = "google.api.serviceusage.v1.ServiceUsage";

/**
 * serviceusage.googleapis.com v1 as far as gcloud asks: every API is enabled. Source: the API's discovery document.
 *
 * @param emulated What a list shows: the hosts of the APIs that the emulator stands for. Of any other it says, too, that it is
 * enabled.
 */
export function serviceUsageMethods(emulated: () => readonly string[]): readonly ApiMethod[] {
  const parent = "/v1/{parent=projects/*}/services";
  return [
    { id: `${service}.ListServices`, route: `GET ${parent}`, handle: (call) => list(call, emulated()) },
    { id: `${service}.GetService`, route: `GET ${parent}/{service}`, handle: get },
    { id: `${service}.BatchGetServices`, route: `GET ${parent}:batchGet`, handle: batchGet },
    { id: `${service}.EnableService`, route: `POST ${parent}/{service}:enable`, handle: enable },
    { id: `${service}.BatchEnableServices`, route: `POST ${parent}:batchEnable`, handle: batchEnable },
  ];
}

function list(call: MethodCall, emulated: readonly string[]): object {
  const { number } = findProject(call);
  const { query } = call.call;
  const filter = query.get("filter") ?? "";
  if (!/^(?:state:(?:EN|DIS)ABLED)?$/.test(filter)) {
    throw new ApiFailure("INVALID_ARGUMENT", `Invalid filter: ${filter}. Take state:ENABLED or state:DISABLED.`);
  }
  const names = filter === "state:DISABLED" ? [] : emulated;
  return paginate(
    "services",
    names.map((name) => show(number, name)),
    query,
  );
}

function get(call: MethodCall): object {
  const { service: name = "" } = call.path;
  return show(findProject(call).number, name);
}

function batchGet(call: MethodCall): object {
  const { number } = findProject(call);
  const names = call.call.query.getAll("names").map((name) => name.split("/").at(-1) ?? "");
  return { services: names.map((name) => show(number, name)) };
}

function enable(call: MethodCall): object {
  const { service: name = "" } = call.path;
  return done("EnableServiceResponse", { service: show(numberToEnable(call), name) });
}

function batchEnable(call: MethodCall): object {
  const number = numberToEnable(call);
  const { serviceIds } = call.body;
  if (!Array.isArray(serviceIds) || serviceIds.length === 0 || !serviceIds.every((id) => typeof id === "string")) {
    throw new ApiFailure("INVALID_ARGUMENT", "serviceIds must be a list of names, for example run.googleapis.com");
  }
  return done("BatchEnableServicesResponse", { services: serviceIds.map((id) => show(number, id)) });
}

/** The operation that Google answers with where there is nothing to do. */
function done(type: string, response: object): object {
  return {
    name: "operations/noop.DONE_OPERATION",
    done: true,
    response: { "@type": `type.googleapis.com/google.api.serviceusage.v1.${type}`, ...response },
  };
}

function numberToEnable(call: MethodCall): string {
  const { id, number } = findProject(call);
  if (!holds(call.state, call.caller, "serviceusage.services.enable", `projects/${id}`)) {
    throw new ApiFailure("PERMISSION_DENIED", "Permission denied to enable service");
  }
  return number;
}

function findProject({ state, caller, path: { parent = "" } }: MethodCall): ProjectRecord {
  const project = state.findProject(parent.slice("projects/".length));
  // Whoever can see the project is shown its APIs: Google asks for a permission that few roles hold.
  if (!project || !holds(state, caller, "resourcemanager.projects.get", `projects/${project.id}`)) {
    throw new ApiFailure("PERMISSION_DENIED", "The caller does not have permission");
  }
  return project;
}

function show(number: string, name: string): object {
  return {
    name: `projects/${number}/services/${name}`,
    config: { name, title: name },
    state: "ENABLED",
    parent: `projects/${number}`,
  };
}
