import { locationLabel } from "../google/run-v1.ts";
import type { KnativeService } from "../google/run-v1.ts";
import type { Ingress, RunService } from "../google/run-v2.ts";
import { parseServiceName } from "../google/run-name.ts";
import type { RunServiceName } from "../google/run-name.ts";

/** A service that Cloud Run Admin told of. */
export interface FoundService {
  readonly name: RunServiceName;
  /** Where to call it and, as an audience, what to ask a token for: an origin without a trailing slash. */
  readonly url: string;
  /** Every run.app address of the service, tags apart; `url` among them. */
  readonly urls: readonly string[];
  /** Accepted to the letter, besides the addresses. */
  readonly customAudiences: readonly string[];
  /** Addresses of tagged revisions: their audience is `url` too. */
  readonly tagUrls: readonly string[];
  /** Anyone may call it: the invoker check is off. */
  readonly invokerIamDisabled: boolean;
  /** The run.app addresses answer nobody. */
  readonly defaultUriDisabled: boolean;
  /** Where traffic may come from. */
  readonly ingress: Ingress;
  /** Identity-Aware Proxy stands before it, and takes tokens for its own audience only. */
  readonly iapEnabled: boolean;
  /** Why its last deployment failed, where it did: what ran before may run on. */
  readonly notReady?: string;
}

/** Reads a service of API v2; `undefined` while it has no address yet. */
export function serviceOfV2(service: RunService, project: string): FoundService | undefined {
  const name = parseServiceName(service.name);
  const url = service.uri ?? service.urls?.[0];
  if (!name || url === undefined) return undefined;
  return {
    name: { ...name, project: /^\d+$/.test(name.project) ? project : name.project },
    url: trim(url),
    urls: unique([url, ...(service.urls ?? [])]),
    customAudiences: service.customAudiences ?? [],
    tagUrls: unique((service.trafficStatuses ?? []).filter(({ tag }) => tag).flatMap(({ uri }) => uri ?? [])),
    invokerIamDisabled: service.invokerIamDisabled ?? false,
    defaultUriDisabled: service.defaultUriDisabled ?? false,
    ingress: service.ingress ?? "INGRESS_TRAFFIC_ALL",
    iapEnabled: service.iapEnabled ?? false,
    ...(service.terminalCondition?.state === "CONDITION_FAILED"
      ? { notReady: reasonOf(service.terminalCondition) }
      : {}),
  };
}

function reasonOf({ message = "no reason is told" }: { readonly message?: string }): string {
  return message.replace(/\s+/g, " ").replace(/\.$/, "");
}

/** Source: the Knative serving API, `status.conditions`. */
function failureOfV1(conditions: unknown): string | undefined {
  const all = Array.isArray(conditions) ? (conditions as Readonly<Record<string, unknown>>[]) : [];
  const ready = all.find(({ type }) => type === "Ready");
  if (ready?.["status"] !== "False") return undefined;
  return reasonOf(typeof ready["message"] === "string" ? { message: ready["message"] } : {});
}

/** Reads a service of API v1; `undefined` while it has no address yet, or without its region. */
export function serviceOfV1({ metadata, status }: KnativeService, project: string): FoundService | undefined {
  const url = status?.url ?? status?.address?.url;
  const region = metadata.labels?.[locationLabel];
  if (url === undefined || region === undefined) return undefined;
  const annotations = metadata.annotations ?? {};
  const notReady = failureOfV1(status["conditions"]);
  return {
    name: { project, region, service: metadata.name },
    url: trim(url),
    urls: unique([
      url,
      ...(status.address ? [status.address.url] : []),
      ...list(annotations["run.googleapis.com/urls"]),
    ]),
    customAudiences: list(annotations["run.googleapis.com/custom-audiences"]),
    tagUrls: unique((status.traffic ?? []).filter(({ tag }) => tag).flatMap((target) => target.url ?? [])),
    invokerIamDisabled: annotations["run.googleapis.com/invoker-iam-disabled"] === "true",
    defaultUriDisabled: annotations["run.googleapis.com/default-url-disabled"] === "true",
    ingress: ingressOfV1[annotations["run.googleapis.com/ingress"] ?? "all"] ?? "INGRESS_TRAFFIC_ALL",
    iapEnabled: annotations["run.googleapis.com/iap-enabled"] === "true",
    ...(notReady === undefined ? {} : { notReady }),
  };
}

const ingressOfV1: Readonly<Record<string, Ingress>> = {
  all: "INGRESS_TRAFFIC_ALL",
  internal: "INGRESS_TRAFFIC_INTERNAL_ONLY",
  "internal-and-cloud-load-balancing": "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
};

function trim(url: string): string {
  return url.replace(/\/+$/, "");
}

function unique(urls: readonly string[]): string[] {
  return [...new Set(urls.map(trim))];
}

/** A JSON list in an annotation. */
function list(text: string | undefined): string[] {
  if (text === undefined) return [];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
  } catch {
    return []; // an annotation of another form says nothing about addresses
  }
}
