import { locationLabel, serviceAnnotations } from "../../google/run-v1.ts";
import type { KnativeService } from "../../google/run-v1.ts";
import type { RevisionRecord, ServiceRecord } from "../run/records.ts";
import { asV1 } from "../run/template.ts";
import { revisionOf, tagUrl } from "../run/traffic.ts";
import type { State } from "../state/state.ts";
import type { KnativeResource } from "./knative-list.ts";
import { ingressWords } from "./run-v1-read.ts";

const apiVersion = "serving.knative.dev/v1";

/** A service as a Knative Service. */
export function showKnativeService(state: State, record: ServiceRecord): KnativeService {
  const { service, urls, template, traffic, customAudiences, generation, latestRevision } = record;
  const [url = ""] = urls;
  const ingress = ingressWords[record.ingress];
  return {
    apiVersion,
    kind: "Service",
    metadata: {
      ...showMetadata(state, record, "services", service),
      uid: record.uid,
      resourceVersion: resourceVersionOf(record),
      generation,
      labels: { ...record.labels, [locationLabel]: record.region },
      annotations: {
        ...record.annotations,
        [serviceAnnotations.creator]: record.creator,
        [serviceAnnotations.lastModifier]: record.lastModifier,
        [serviceAnnotations.ingress]: ingress,
        [serviceAnnotations.ingressStatus]: ingress,
        [serviceAnnotations.operationId]: record.operation,
        [serviceAnnotations.urls]: JSON.stringify(urls),
        ...(customAudiences.length > 0
          ? { [serviceAnnotations.customAudiences]: JSON.stringify(customAudiences) }
          : {}),
        ...(record.invokerIamDisabled ? { [serviceAnnotations.invokerIamDisabled]: "true" } : {}),
        ...(record.defaultUriDisabled ? { [serviceAnnotations.defaultUrlDisabled]: "true" } : {}),
      },
    },
    spec: {
      template: asV1(template),
      traffic: traffic.map(({ revision, percent, tag }) => ({
        ...(revision === undefined ? { latestRevision: true } : { revisionName: revision }),
        ...(percent > 0 ? { percent } : {}),
        ...(tag === undefined ? {} : { tag }),
      })),
    },
    status: {
      observedGeneration: generation,
      conditions: showConditions(record.updatedMs, ["Ready", "ConfigurationsReady", "RoutesReady"]),
      latestReadyRevisionName: latestRevision,
      latestCreatedRevisionName: latestRevision,
      traffic: showTraffic(record),
      // Whoever has disabled the address is shown none.
      ...(record.defaultUriDisabled ? {} : { url, address: { url } }),
    },
  };
}

/** The Configuration behind a service. */
export function showConfiguration(state: State, record: ServiceRecord): KnativeResource {
  const { service, generation, latestRevision, template } = record;
  return {
    apiVersion,
    kind: "Configuration",
    metadata: { ...showMetadata(state, record, "configurations", service), generation },
    spec: { template: asV1(template) },
    status: {
      observedGeneration: generation,
      conditions: showConditions(record.updatedMs, ["Ready"]),
      latestReadyRevisionName: latestRevision,
      latestCreatedRevisionName: latestRevision,
    },
  };
}

/** The Route before a service. */
export function showRoute(state: State, record: ServiceRecord): KnativeResource {
  const { service, generation, urls } = record;
  const traffic = showTraffic(record);
  return {
    apiVersion,
    kind: "Route",
    metadata: { ...showMetadata(state, record, "routes", service), generation },
    spec: { traffic },
    status: {
      observedGeneration: generation,
      conditions: showConditions(record.updatedMs, ["Ready"]),
      traffic,
      url: urls[0],
      address: { url: urls[0] },
    },
  };
}

/** Labels of a Knative Revision, by which gcloud looks for it. */
function revisionLabels({ service, region, template, generation }: RevisionRecord): Record<string, string> {
  return {
    ...asV1(template).metadata?.labels,
    [locationLabel]: region,
    "serving.knative.dev/service": service,
    "serving.knative.dev/configuration": service,
    "serving.knative.dev/route": service,
    "serving.knative.dev/configurationGeneration": String(generation),
  };
}

/** A revision as a Knative Revision. `imageDigest` stays away: no registry is asked for one. */
export function showKnativeRevision(state: State, record: RevisionRecord): KnativeResource {
  const { metadata, spec } = asV1(record.template);
  return {
    apiVersion,
    kind: "Revision",
    metadata: {
      ...showMetadata(state, record, "revisions", record.revision),
      uid: record.uid,
      resourceVersion: Buffer.from(record.uid).toString("base64url").slice(0, 16),
      generation: 1,
      labels: revisionLabels(record),
      annotations: { ...metadata?.annotations, [serviceAnnotations.creator]: record.creator },
      ownerReferences: [
        { kind: "Configuration", name: record.service, apiVersion, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec,
    status: {
      observedGeneration: 1,
      conditions: showConditions(record.createdMs, ["Ready", "ContainerHealthy", "ResourcesAvailable", "Active"]),
    },
  };
}

/** Changes with every write. A caller that sends it with a replacement is refused when it has changed since. */
export function resourceVersionOf({ uid, generation }: ServiceRecord): string {
  return Buffer.from(`${uid.slice(0, 8)}${String(generation).padStart(4, "0")}`).toString("base64url");
}

function showMetadata(
  state: State,
  record: { readonly project: string; readonly region: string; readonly createdMs: number },
  collection: string,
  name: string,
): { readonly name: string; readonly namespace: string; readonly [member: string]: unknown } {
  const namespace = state.findProject(record.project)?.number ?? record.project;
  return {
    name,
    namespace,
    selfLink: `/apis/serving.knative.dev/v1/namespaces/${namespace}/${collection}/${name}`,
    creationTimestamp: new Date(record.createdMs).toISOString(),
    labels: { [locationLabel]: record.region },
  };
}

function showConditions(atMs: number, types: readonly string[]): object[] {
  return types.map((type) => ({ type, status: "True", lastTransitionTime: new Date(atMs).toISOString() }));
}

function showTraffic(record: ServiceRecord): { readonly tag?: string; readonly url?: string }[] {
  return record.traffic.map((target) => ({
    revisionName: revisionOf(target, record),
    ...(target.revision === undefined ? { latestRevision: true } : {}),
    ...(target.percent > 0 ? { percent: target.percent } : {}),
    ...(target.tag === undefined ? {} : { tag: target.tag, url: tagUrl(record, target.tag) }),
  }));
}
