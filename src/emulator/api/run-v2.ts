import { formatServiceName, parseServiceName } from "../../google/run-name.ts";
import type { ServiceRecord } from "../records.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { paginate } from "./page.ts";
import { policyMethods } from "./policy-methods.ts";
import { denied, findService, listServices, tagUrls } from "./run-services.ts";
import { ApiFailure } from "./route.ts";

const service = "google.cloud.run.v2.Services";

/** Services of run.googleapis.com v2. Source: google/cloud/run/v2/service.proto. */
export const runV2Methods: readonly ApiMethod[] = [
  { id: `${service}.ListServices`, route: "GET /v2/{parent=projects/*/locations/*}/services", handle: list },
  { id: `${service}.GetService`, route: "GET /v2/{name=projects/*/locations/*/services/*}", handle: get },
  ...policyMethods({
    service,
    path: "/v2/{resource=projects/*/locations/*/services/*}",
    getBy: "GET",
    permissionPrefix: "run.services",
    find: (state, name, caller, permission) =>
      formatServiceName(findService(state, caller, readName(name), permission, name)),
    denied,
  }),
];

/** Reads the name that a template has matched. */
export function readName(name: string): { project: string; region: string; service: string } {
  const parsed = parseServiceName(name);
  if (!parsed) throw new ApiFailure("INVALID_ARGUMENT", `Invalid resource name: ${name}`);
  return parsed;
}

function list({ state, caller, call, path: { parent = "" } }: MethodCall): object {
  const [, project = "", , region = ""] = parent.split("/");
  if (region === "-") {
    throw new ApiFailure("INVALID_ARGUMENT", "Listing services of all locations is not possible with v2: name one.");
  }
  return paginate("services", listServices(state, caller, project, region).map(show), call.query);
}

function get({ state, caller, path: { name = "" } }: MethodCall): object {
  return show(findService(state, caller, readName(name), "run.services.get", name));
}

function show(record: ServiceRecord): object {
  const name = formatServiceName(record);
  const time = new Date(record.createdMs).toISOString();
  const revision = `${name}/revisions/${record.service}-00001-emu`;
  const condition = (type: string): object => ({ type, state: "CONDITION_SUCCEEDED", lastTransitionTime: time });
  const tags = tagUrls(record);
  return {
    name,
    uid: record.uid,
    generation: "1",
    createTime: time,
    updateTime: time,
    ingress: record.ingress,
    launchStage: "GA",
    template: {
      timeout: "300s",
      maxInstanceRequestConcurrency: 80,
      containers: [
        { image: "us-docker.pkg.dev/cloudrun/container/hello", ports: [{ name: "http1", containerPort: 8080 }] },
      ],
    },
    traffic: [
      { type: "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", percent: 100 },
      ...tags.map(({ tag }) => ({ type: "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", tag })),
    ],
    ...(record.invokerIamDisabled ? { invokerIamDisabled: true } : {}),
    ...(record.defaultUriDisabled ? { defaultUriDisabled: true } : {}),
    ...(record.customAudiences.length > 0 ? { customAudiences: record.customAudiences } : {}),
    urls: record.urls,
    uri: record.urls[0],
    observedGeneration: "1",
    terminalCondition: condition("Ready"),
    conditions: [condition("RoutesReady"), condition("ConfigurationsReady")],
    latestReadyRevision: revision,
    latestCreatedRevision: revision,
    trafficStatuses: [
      { type: "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", percent: 100 },
      ...tags.map(({ tag, url }) => ({ type: "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", tag, uri: url })),
    ],
    etag: `"${Buffer.from(record.uid).toString("base64url").slice(0, 16)}"`,
  };
}
