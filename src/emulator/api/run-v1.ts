import { formatServiceName } from "../../google/run-name.ts";
import { locationLabel } from "../../google/run-v1.ts";
import type { KnativeService, KnativeServiceList } from "../../google/run-v1.ts";
import type { Ingress } from "../../google/run-v2.ts";
import { serviceKind } from "../records.ts";
import type { ServiceRecord } from "../records.ts";
import type { State } from "../state.ts";
import { holds } from "./caller.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { policyMethods } from "./policy-methods.ts";
import { denied, findService, listRegions, listServices, tagUrls } from "./run-services.ts";
import { readName } from "./run-v2.ts";

const service = "google.cloud.run.v1.Services";
const namespaced = "/apis/serving.knative.dev/v1/namespaces/{project}/services";

/**
 * Services and locations of run.googleapis.com v1, in the manner of Knative, by namespace and by location. A regional host
 * serves its region only; the global one finds a service of a namespace in whichever region it is.
 * Source: the API's discovery document.
 */
export const runV1Methods: readonly ApiMethod[] = [
  { id: `${service}.ListServices`, route: "GET /v1/{parent=projects/*/locations/*}/services", handle: listByLocation },
  { id: `${service}.GetService`, route: "GET /v1/{name=projects/*/locations/*/services/*}", handle: getByLocation },
  { id: `${service}.ListServices`, route: `GET ${namespaced}`, handle: listByNamespace },
  { id: `${service}.GetService`, route: `GET ${namespaced}/{service}`, handle: getByNamespace },
  {
    id: "google.cloud.location.Locations.ListLocations",
    route: "GET /v1/{name=projects/*}/locations",
    handle: listLocations,
  },
  ...policyMethods({
    service,
    path: "/v1/{resource=projects/*/locations/*/services/*}",
    getBy: "GET",
    permissionPrefix: "run.services",
    find: (state, name, caller, permission) =>
      formatServiceName(findService(state, caller, readName(name), permission, name)),
    denied,
  }),
];

function listByLocation({ state, caller, path: { parent = "" } }: MethodCall): object {
  const [, project = "", , region = ""] = parent.split("/");
  return showList(state, listServices(state, caller, project, region));
}

function getByLocation({ state, caller, path: { name = "" } }: MethodCall): object {
  return show(state, findService(state, caller, readName(name), "run.services.get", name));
}

function listByNamespace({ state, caller, call, path: { project = "" } }: MethodCall): object {
  return showList(state, listServices(state, caller, project, regionOfHost(call.host) ?? "-"));
}

function getByNamespace({ state, caller, call, path }: MethodCall): object {
  const { project = "", service: wanted = "" } = path;
  const id = state.findProject(project)?.id;
  const region =
    regionOfHost(call.host) ??
    state.store.list(serviceKind).find((each) => each.project === id && each.service === wanted)?.region ??
    "us-central1";
  const shownName = `namespaces/${project}/services/${wanted}`;
  return show(state, findService(state, caller, { project, region, service: wanted }, "run.services.get", shownName));
}

function listLocations({ state, caller, path: { name = "" } }: MethodCall): object {
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

function regionOfHost(host: string): string | undefined {
  return /^(.+)-run\.googleapis\.com$/.exec(host)?.[1];
}

function showList(state: State, records: readonly ServiceRecord[]): KnativeServiceList {
  return {
    apiVersion: "serving.knative.dev/v1",
    kind: "ServiceList",
    metadata: {},
    items: records.map((record) => show(state, record)),
  };
}

const ingressWords: Readonly<Record<Ingress, string>> = {
  INGRESS_TRAFFIC_ALL: "all",
  INGRESS_TRAFFIC_INTERNAL_ONLY: "internal",
  INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER: "internal-and-cloud-load-balancing",
  INGRESS_TRAFFIC_NONE: "none",
};

function show(state: State, record: ServiceRecord): KnativeService {
  const { service: name, project, region, urls, uid, customAudiences } = record;
  const time = new Date(record.createdMs).toISOString();
  const revision = `${name}-00001-emu`;
  const [url = ""] = urls;
  const ingress = ingressWords[record.ingress];
  const condition = (type: string): object => ({ type, status: "True", lastTransitionTime: time });
  const tags = tagUrls(record);
  return {
    apiVersion: "serving.knative.dev/v1",
    kind: "Service",
    metadata: {
      name,
      namespace: state.findProject(project)?.number ?? project,
      selfLink: `/apis/serving.knative.dev/v1/namespaces/${project}/services/${name}`,
      uid,
      resourceVersion: "AAYkemulator",
      generation: 1,
      creationTimestamp: time,
      labels: { [locationLabel]: region },
      annotations: {
        "run.googleapis.com/ingress": ingress,
        "run.googleapis.com/ingress-status": ingress,
        "run.googleapis.com/operation-id": uid,
        "run.googleapis.com/urls": JSON.stringify(urls),
        ...(customAudiences.length > 0
          ? { "run.googleapis.com/custom-audiences": JSON.stringify(customAudiences) }
          : {}),
        ...(record.invokerIamDisabled ? { "run.googleapis.com/invoker-iam-disabled": "true" } : {}),
        ...(record.defaultUriDisabled ? { "run.googleapis.com/default-url-disabled": "true" } : {}),
      },
    },
    spec: {
      template: {
        metadata: { annotations: { "autoscaling.knative.dev/maxScale": "100" } },
        spec: {
          containerConcurrency: 80,
          timeoutSeconds: 300,
          containers: [
            {
              image: "us-docker.pkg.dev/cloudrun/container/hello",
              ports: [{ name: "http1", containerPort: 8080 }],
              resources: { limits: { cpu: "1000m", memory: "512Mi" } },
            },
          ],
        },
      },
      traffic: [{ percent: 100, latestRevision: true }, ...tags.map(({ tag }) => ({ tag, latestRevision: true }))],
    },
    status: {
      observedGeneration: 1,
      conditions: [condition("Ready"), condition("ConfigurationsReady"), condition("RoutesReady")],
      latestReadyRevisionName: revision,
      latestCreatedRevisionName: revision,
      traffic: [
        { revisionName: revision, percent: 100, latestRevision: true },
        ...tags.map(({ tag, url: tagUrl }) => ({ revisionName: revision, latestRevision: true, tag, url: tagUrl })),
      ],
      url,
      address: { url },
    },
  };
}
