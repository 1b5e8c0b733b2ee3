import { formatServiceName } from "../../google/run-name.ts";
import { serviceKind } from "../run/records.ts";
import type { ServiceRecord } from "../run/records.ts";
import { createService, deleteService, invalidRequest, replaceService } from "../run/write-service.ts";
import type { Stored } from "../state/store.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { showKnativeList } from "./knative-list.ts";
import { policyMethods } from "./policy-methods.ts";
import { ApiFailure } from "./route.ts";
import {
  authorizeCreation,
  checkRegion,
  denied,
  findForTest,
  findService,
  listServices,
  parseName,
} from "./run-services.ts";
import { readKnativeService, v1Wording } from "./run-v1-read.ts";
import { resourceVersionOf, showKnativeService } from "./run-v1-show.ts";

const service = "google.cloud.run.v1.Services";
const located = "/v1/{parent=projects/*/locations/*}/services";
const locatedName = "/v1/{name=projects/*/locations/*/services/*}";
const namespaced = "/apis/serving.knative.dev/v1/namespaces/{project}/services";
const namespacedName = `${namespaced}/{service}`;

/**
 * Services of run.googleapis.com v1, in the manner of Knative, by namespace and by location. A regional host serves its region
 * only; the global one finds a service of a namespace in whichever region it is. Every write is done, and the service ready,
 * when its answer is given. Source: the API's discovery document.
 */
export const runV1Methods: readonly ApiMethod[] = [
  { id: `${service}.ListServices`, route: `GET ${located}`, handle: list },
  { id: `${service}.CreateService`, route: `POST ${located}`, handle: create },
  { id: `${service}.GetService`, route: `GET ${locatedName}`, handle: get },
  { id: `${service}.ReplaceService`, route: `PUT ${locatedName}`, handle: replace },
  { id: `${service}.DeleteService`, route: `DELETE ${locatedName}`, handle: remove },
  { id: `${service}.ListServices`, route: `GET ${namespaced}`, handle: list },
  { id: `${service}.CreateService`, route: `POST ${namespaced}`, handle: create },
  { id: `${service}.GetService`, route: `GET ${namespacedName}`, handle: get },
  { id: `${service}.ReplaceService`, route: `PUT ${namespacedName}`, handle: replace },
  { id: `${service}.DeleteService`, route: `DELETE ${namespacedName}`, handle: remove },
  ...policyMethods({
    service,
    path: "/v1/{resource=projects/*/locations/*/services/*}",
    getBy: "GET",
    permissionPrefix: "run.services",
    find: (state, name, caller, permission) =>
      formatServiceName(findService(state, caller, parseName(name), permission, name).value),
    findForTest,
    denied,
  }),
];

function list(call: MethodCall): object {
  const { state, caller } = call;
  const { project, region = "-" } = placeOf(call);
  const items = listServices(state, caller, project, region).map((record) => ({
    ...showKnativeService(state, record),
  }));
  return showKnativeList("Service", items, call.call.query);
}

function get(call: MethodCall): object {
  return showKnativeService(call.state, find(call, "run.services.get").value);
}

async function create(call: MethodCall): Promise<object> {
  const { state, caller, body } = call;
  const place = placeOf(call);
  const wanted = readKnativeService(body, state.findProject(place.project)?.number ?? "");
  const region = place.region ?? wanted.region;
  const shownName = `${place.shownParent}/services/${wanted.name}`;
  const project = authorizeCreation(state, caller, place.project, "run.services.create", shownName);
  if (region === undefined) {
    throw invalidRequest([
      {
        field: "metadata.labels",
        description: "name the region, or call a regional host such as us-central1-run.googleapis.com",
      },
    ]);
  }
  checkRegion(state, region);
  const { service: record } = await createService(
    state,
    caller,
    { project, region, service: wanted.name },
    wanted.spec,
    { wording: v1Wording, validateOnly: isDryRun(call) },
  );
  return showKnativeService(state, record);
}

async function replace(call: MethodCall): Promise<object> {
  const { state, caller, body } = call;
  const stored = find(call, "run.services.update");
  const wanted = readKnativeService(body, state.findProject(stored.value.project)?.number ?? "");
  if (wanted.name !== stored.value.service) {
    throw invalidRequest([{ field: v1Wording.name, description: "must be the name in the path" }]);
  }
  const version = resourceVersionOf(stored.value);
  if (wanted.resourceVersion !== undefined && wanted.resourceVersion !== version) {
    throw new ApiFailure(
      "ABORTED",
      `Conflict for resource '${wanted.name}': version '${wanted.resourceVersion}' was specified but current version is '${version}'.`,
    );
  }
  const options = { wording: v1Wording, validateOnly: isDryRun(call) };
  const { service: record } = await replaceService(state, caller, stored, wanted.spec, options);
  return showKnativeService(state, record);
}

async function remove(call: MethodCall): Promise<object> {
  const { value } = find(call, "run.services.delete");
  await deleteService(call.state, value, { validateOnly: isDryRun(call) });
  return {
    metadata: {},
    status: "Success",
    details: { name: value.service, group: "serving.knative.dev", kind: "services", uid: value.uid },
  };
}

/** Where a call goes: `region` is absent where a namespace is asked at the global host. */
export function placeOf({ call, path }: MethodCall): {
  readonly project: string;
  readonly region?: string;
  readonly shownParent: string;
} {
  const [, project = "", , region = ""] = (path["parent"] ?? path["name"] ?? "").split("/");
  if (project !== "") return { project, region, shownParent: `projects/${project}/locations/${region}` };
  const namespace = path["project"] ?? "";
  const hostRegion = /^(.+)-run\.googleapis\.com$/.exec(call.host)?.[1];
  return {
    project: namespace,
    ...(hostRegion === undefined ? {} : { region: hostRegion }),
    shownParent: `namespaces/${namespace}`,
  };
}

/**
 * The region that a thing of a namespace is in: the host's, else that of the first service that fits.
 *
 * @param isIt Tells a service to which the thing belongs.
 */
export function regionWithin(call: MethodCall, isIt: (record: ServiceRecord) => boolean): string {
  const { project, region } = placeOf(call);
  const id = call.state.findProject(project)?.id;
  const found = (): ServiceRecord | undefined =>
    call.state.store.list(serviceKind).find((record) => record.project === id && isIt(record));
  return region ?? found()?.region ?? "us-central1";
}

function find(call: MethodCall, permission: string): Stored<ServiceRecord> {
  const { state, caller, path } = call;
  const { project, shownParent } = placeOf(call);
  const wanted = path["service"] ?? path["name"]?.split("/").at(-1) ?? "";
  const region = regionWithin(call, (record) => record.service === wanted);
  return findService(
    state,
    caller,
    { project, region, service: wanted },
    permission,
    `${shownParent}/services/${wanted}`,
  );
}

/** Kubernetes' way to have a write checked only. */
function isDryRun({ call }: MethodCall): boolean {
  return call.query.get("dryRun") === "all";
}
