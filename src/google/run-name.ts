import { sha256Hex } from "../core/sha256.ts";

/** A Cloud Run service by its parts. `project` is the id, never the number. */
export interface RunServiceName {
  readonly project: string;
  /** For example `us-central1`. */
  readonly region: string;
  readonly service: string;
}

/** `projects/P/locations/L/services/S`. */
export function formatServiceName({ project, region, service }: RunServiceName): string {
  return `projects/${project}/locations/${region}/services/${service}`;
}

/** Reads `projects/P/locations/L/services/S`, or `undefined` when `text` is none. */
export function parseServiceName(text: string): RunServiceName | undefined {
  const match = /^projects\/([^/]+)\/locations\/([^/]+)\/services\/([^/]+)$/.exec(text);
  return match?.[1] && match[2] && match[3] ? { project: match[1], region: match[2], service: match[3] } : undefined;
}

/** Whether `text` can name a service: under 50 characters, a letter first, no hyphen last. Source: google/cloud/run/v2/service.proto. */
export function isServiceId(text: string): boolean {
  return /^[a-z](?:[-a-z0-9]{0,47}[a-z0-9])?$/.test(text);
}

/** `https://SERVICE-PROJECTNUMBER.REGION.run.app`: the address that can be told from the name. Source: Cloud Run, "Deterministic URL". */
export function deterministicUrl(service: string, projectNumber: string, region: string): string {
  return `https://${service}-${projectNumber}.${region}.run.app`;
}

/** The two letters that stand for a region in `SERVICE-HASH-xx.a.run.app`, as seen on published addresses. */
const regionCodes: Readonly<Record<string, string>> = {
  "asia-east1": "de",
  "asia-east2": "df",
  "asia-northeast1": "an",
  "asia-northeast2": "dt",
  "asia-northeast3": "du",
  "asia-south1": "el",
  "asia-southeast1": "as",
  "asia-southeast2": "et",
  "australia-southeast1": "ts",
  "europe-north1": "lz",
  "europe-west1": "ew",
  "europe-west2": "nw",
  "europe-west3": "ey",
  "europe-west4": "ez",
  "europe-west6": "oa",
  "northamerica-northeast1": "nn",
  "southamerica-east1": "rj",
  "us-central1": "uc",
  "us-east1": "ue",
  "us-east4": "uk",
  "us-west1": "uw",
  "us-west2": "wl",
  "us-west3": "wm",
  "us-west4": "wn",
};

/** Where Cloud Run is. Source: Cloud Run documentation, "Locations". */
export const runRegions: readonly string[] = [
  ...Object.keys(regionCodes),
  "africa-south1",
  "asia-south2",
  "australia-southeast2",
  "europe-central2",
  "europe-north2",
  "europe-southwest1",
  "europe-west8",
  "europe-west9",
  "europe-west10",
  "europe-west12",
  "me-central1",
  "me-central2",
  "me-west1",
  "northamerica-northeast2",
  "northamerica-south1",
  "southamerica-west1",
  "us-east5",
  "us-south1",
];

/** `https://SERVICE-HASH-REGIONCODE.a.run.app`, the hash a stand-in made from the project: the real one cannot be computed. */
export function hashUrl(service: string, projectNumber: string, region: string): string {
  const digest = Buffer.from(sha256Hex(`${projectNumber}/${region}`), "hex");
  const hash = BigInt(`0x${digest.toString("hex")}`)
    .toString(36)
    .slice(0, 10);
  return `https://${service}-${hash}-${regionCodes[region] ?? region.slice(0, 2)}.a.run.app`;
}

/** Splits a tag from a run.app host: `green---web-abc-uc.a.run.app` → `green` and the host of the service itself. */
export function splitTag(host: string): { tag?: string; host: string } {
  const at = host.indexOf("---");
  return at < 0 ? { host } : { tag: host.slice(0, at), host: host.slice(at + 3) };
}

/** The service that a run.app host names, in either of its two forms; `undefined` for another host. */
export function serviceOfHost(host: string): string | undefined {
  const [, service] = /^(.+)-(?:\d{6,}\.[a-z0-9-]+|[a-z0-9]+-[a-z]{2}\.a)\.run\.app$/.exec(splitTag(host).host) ?? [];
  return service;
}

/** Whether a host is one that Cloud Run gives out: anything under `run.app`. */
export function isRunAppHost(host: string): boolean {
  return host.endsWith(".run.app");
}
