import { holds } from "./caller.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { ApiFailure } from "./route.ts";

const service = "google.api.serviceusage.v1.ServiceUsage";

/** serviceusage.googleapis.com v1 as far as gcloud asks: every API is enabled. Source: the API's discovery document. */
export const serviceUsageMethods: readonly ApiMethod[] = [
  { id: `${service}.GetService`, route: "GET /v1/{parent=projects/*}/services/{service}", handle: get },
  { id: `${service}.BatchGetServices`, route: "GET /v1/{parent=projects/*}/services:batchGet", handle: batchGet },
];

function get(call: MethodCall): object {
  const { service: name = "" } = call.path;
  return show(projectNumber(call), name);
}

function batchGet(call: MethodCall): object {
  const number = projectNumber(call);
  const names = call.call.query.getAll("names").map((name) => name.split("/").at(-1) ?? "");
  return { services: names.map((name) => show(number, name)) };
}

function projectNumber({ state, caller, path: { parent = "" } }: MethodCall): string {
  const project = state.findProject(parent.slice("projects/".length));
  // Whoever can see the project is shown its APIs: Google asks for a permission that few roles hold.
  if (!project || !holds(state, caller, "resourcemanager.projects.get", `projects/${project.id}`)) {
    throw new ApiFailure("PERMISSION_DENIED", "The caller does not have permission");
  }
  return project.number;
}

function show(number: string, name: string): object {
  return {
    name: `projects/${number}/services/${name}`,
    config: { name, title: name },
    state: "ENABLED",
    parent: `projects/${number}`,
  };
}
