import { holds } from "./caller.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { denied, listRegions } from "./run-services.ts";

/** Regions, as run.googleapis.com v1 lists them. Source: the API's discovery document. */
export const runLocationMethods: readonly ApiMethod[] = [
  { id: "google.cloud.location.Locations.ListLocations", route: "GET /v1/{name=projects/*}/locations", handle: list },
];

function list({ state, caller, path: { name = "" } }: MethodCall): object {
  const project = state.findProject(name.slice("projects/".length));
  const permission = "run.locations.list";
  if (!project || !holds(state, caller, permission, `projects/${project.id}`)) throw denied(permission, name);
  const locations = listRegions(state).map((region) => ({
    name: `projects/${project.id}/locations/${region}`,
    locationId: region,
    displayName: region,
    labels: { "cloud.googleapis.com/region": region },
  }));
  return { locations };
}
