import { locationLabel, serviceAnnotations } from "../../google/run-v1.ts";
import type { KnativeTemplate } from "../../google/run-v1.ts";
import type { Ingress } from "../../google/run-v2.ts";
import type { ServiceSpec, TrafficTarget } from "../run/records.ts";
import { defaultServiceAccount } from "../run/default-account.ts";
import type { Wording } from "../run/service-violations.ts";
import { withDefaults } from "../run/template.ts";
import { allToLatest } from "../run/traffic.ts";
import { invalidRequest } from "../run/write-service.ts";
import { readCount, readFlag, readList, readObject, readText, readTexts } from "./fields.ts";
import type { Body } from "./fields.ts";
import { readContainers } from "./run-containers.ts";

/** v1's names of the fields. */
export const v1Wording: Wording = {
  name: "metadata.name",
  template: "spec.template",
  containers: "spec.template.spec.containers",
  revision: "spec.template.metadata.name",
  timeout: "spec.template.spec.timeoutSeconds",
  traffic: "spec.traffic",
  customAudiences: `metadata.annotations[${serviceAnnotations.customAudiences}]`,
};

/** Ingress in v1's words. */
export const ingressWords: Readonly<Record<Ingress, string>> = {
  INGRESS_TRAFFIC_ALL: "all",
  INGRESS_TRAFFIC_INTERNAL_ONLY: "internal",
  INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER: "internal-and-cloud-load-balancing",
  INGRESS_TRAFFIC_NONE: "none",
};

/** A Knative Service as somebody wants it. */
export interface WantedKnativeService {
  readonly name: string;
  /** The region that its label names. */
  readonly region?: string;
  /** The state that the caller has seen. */
  readonly resourceVersion?: string;
  readonly spec: ServiceSpec;
}

/** Annotations with a member of their own, and those that only Google writes. */
const notKept: readonly string[] = [
  serviceAnnotations.ingress,
  serviceAnnotations.ingressStatus,
  serviceAnnotations.customAudiences,
  serviceAnnotations.invokerIamDisabled,
  serviceAnnotations.defaultUrlDisabled,
  serviceAnnotations.urls,
  serviceAnnotations.operationId,
  serviceAnnotations.creator,
  serviceAnnotations.lastModifier,
];

/**
 * Reads a Knative Service from a request.
 *
 * @throws {ApiFailure} `INVALID_ARGUMENT`.
 */
export function readKnativeService(body: Body, projectNumber: string): WantedKnativeService {
  const { apiVersion, kind } = body;
  if (kind !== "Service") throw invalidRequest([{ field: "kind", description: "must be Service" }]);
  if (apiVersion !== "serving.knative.dev/v1") {
    throw invalidRequest([{ field: "apiVersion", description: "must be serving.knative.dev/v1" }]);
  }
  const metadata = readObject(body["metadata"], "metadata");
  const annotations = readTexts(metadata["annotations"], "metadata.annotations");
  const { [locationLabel]: region, ...labels } = readTexts(metadata["labels"], "metadata.labels");
  const spec = readObject(body["spec"], "spec");
  const isOn = (name: string): boolean => annotations[name]?.toLowerCase() === "true";
  const resourceVersion = readText(metadata["resourceVersion"], "metadata.resourceVersion");
  return {
    name: readText(metadata["name"], "metadata.name") ?? "",
    ...(region === undefined ? {} : { region }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    spec: {
      labels,
      annotations: Object.fromEntries(Object.entries(annotations).filter(([name]) => !notKept.includes(name))),
      template: withDefaults(
        { dialect: "v1", value: readTemplate(spec["template"]) },
        defaultServiceAccount(projectNumber),
      ),
      traffic: readTraffic(spec["traffic"]),
      customAudiences: readAudiences(annotations[serviceAnnotations.customAudiences]),
      ingress: readIngress(annotations[serviceAnnotations.ingress]),
      invokerIamDisabled: isOn(serviceAnnotations.invokerIamDisabled),
      defaultUriDisabled: isOn(serviceAnnotations.defaultUrlDisabled),
    },
  };
}

function readTemplate(value: unknown): KnativeTemplate {
  const { metadata, spec } = readObject(value, "spec.template");
  const { labels, annotations, name } = readObject(metadata, "spec.template.metadata");
  const { containers, timeoutSeconds, containerConcurrency, ...rest } = readObject(spec, "spec.template.spec");
  const wantedName = readText(name, "spec.template.metadata.name");
  return {
    metadata: {
      ...(wantedName === undefined ? {} : { name: wantedName }),
      labels: readTexts(labels, "spec.template.metadata.labels"),
      annotations: readTexts(annotations, "spec.template.metadata.annotations"),
    },
    spec: {
      ...rest,
      timeoutSeconds: readCount(timeoutSeconds, "spec.template.spec.timeoutSeconds"),
      containerConcurrency: readCount(containerConcurrency, "spec.template.spec.containerConcurrency"),
      containers: readContainers(containers, v1Wording.containers),
    },
  };
}

function readTraffic(value: unknown): readonly TrafficTarget[] {
  const targets = readList(value, v1Wording.traffic).map((target, index) => {
    const field = `${v1Wording.traffic}[${index}]`;
    const { revisionName, latestRevision, percent, tag } = readObject(target, field);
    const revision = readText(revisionName, `${field}.revisionName`);
    const isLatest = readFlag(latestRevision, `${field}.latestRevision`);
    if (isLatest === (revision !== undefined)) {
      throw invalidRequest([{ field, description: "must have either revisionName or latestRevision: true" }]);
    }
    const wantedTag = readText(tag, `${field}.tag`);
    return {
      ...(revision === undefined ? {} : { revision }),
      percent: readCount(percent, `${field}.percent`),
      ...(wantedTag === undefined ? {} : { tag: wantedTag }),
    };
  });
  return targets.length > 0 ? targets : allToLatest;
}

function readAudiences(annotation: string | undefined): readonly string[] {
  if (!annotation) return [];
  try {
    const value: unknown = JSON.parse(annotation);
    if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  } catch {
    // said below
  }
  throw invalidRequest([{ field: v1Wording.customAudiences, description: "must be a JSON array of strings" }]);
}

function readIngress(annotation: string | undefined): Ingress {
  const [ingress] = Object.entries(ingressWords).find(([, word]) => word === (annotation || "all")) ?? [];
  if (ingress !== undefined) return ingress as Ingress;
  const words = Object.values(ingressWords).join(", ");
  throw invalidRequest([
    { field: `metadata.annotations[${serviceAnnotations.ingress}]`, description: `must be one of ${words}` },
  ]);
}
