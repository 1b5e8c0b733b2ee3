import { serviceAnnotations } from "../../google/run-v1.ts";
import { isReservedKey } from "../../google/run-v2.ts";
import type { Ingress, RunTemplate } from "../../google/run-v2.ts";
import type { ServiceSpec, TrafficTarget } from "../run/records.ts";
import { defaultServiceAccount } from "../run/default-account.ts";
import type { Wording } from "../run/service-violations.ts";
import { withDefaults } from "../run/template.ts";
import { allToLatest } from "../run/traffic.ts";
import { invalidRequest } from "../run/write-service.ts";
import { readCount, readFlag, readList, readObject, readText, readTexts } from "./fields.ts";
import type { Body } from "./fields.ts";
import { readContainers } from "./run-containers.ts";
import { toCamelCase } from "./field-names.ts";
import { unknownField, withJsonNames } from "./request-message.ts";

/** v2's names of the fields. */
export const v2Wording: Wording = {
  name: "service_id",
  template: "template",
  containers: "template.containers",
  revision: "template.revision",
  timeout: "template.timeout",
  traffic: "traffic",
  customAudiences: "custom_audiences",
};

/** The place of each is its number on the wire. */
const ingresses: readonly Ingress[] = [
  "INGRESS_TRAFFIC_ALL", // unspecified
  "INGRESS_TRAFFIC_ALL",
  "INGRESS_TRAFFIC_INTERNAL_ONLY",
  "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
  "INGRESS_TRAFFIC_NONE",
];

/** google/api/launch_stage.proto, by number. */
const launchStages = ["", "EARLY_ACCESS", "ALPHA", "BETA", "GA", "DEPRECATED", "UNIMPLEMENTED", "PRELAUNCH"];

/** Members that only Google writes: clients send back what they read. */
const outputOnly: readonly string[] = [
  ...["name", "uid", "generation", "createTime", "updateTime", "deleteTime", "expireTime", "creator", "lastModifier"],
  ...["urls", "observedGeneration", "terminalCondition", "conditions", "latestReadyRevision", "latestCreatedRevision"],
  ...["trafficStatuses", "uri", "satisfiesPzs", "threatDetectionEnabled", "reconciling", "etag"],
];

/** Members that can be set. `kept` says that the emulator stores them and does nothing by them. */
const settable: readonly string[] = [
  ...["description", "labels", "annotations", "client", "clientVersion", "ingress", "launchStage", "template"],
  ...["traffic", "scaling", "invokerIamDisabled", "defaultUriDisabled", "iapEnabled", "customAudiences"],
];

/** Members that Google knows and the emulator has no use for: refused rather than forgotten. */
const unsupported: readonly string[] = ["binaryAuthorization", "multiRegionSettings", "buildConfig"];

/**
 * The members that a patch changes, out of its `updateMask`: a list of paths in either spelling. Without one, all that can be
 * set. A path below a member means the whole member, but for `template`, whose own members can be named. Source: AIP-134.
 *
 * @throws {ApiFailure} `INVALID_ARGUMENT` for a path that leads nowhere.
 */
export function readUpdateMask(mask: string | null): readonly string[] {
  if (!mask || mask === "*") return settable;
  return mask.split(",").map((path) => {
    const [member = "", below] = path.trim().split(".").map(toCamelCase);
    if (settable.includes(member)) return member === "template" && below !== undefined ? `template.${below}` : member;
    if (outputOnly.includes(member)) return member; // ignored, as AIP-203 wants it
    throw invalidRequest([{ field: "update_mask", description: `'${path}' is no field that can be updated` }]);
  });
}

/**
 * A service as it was sent, its fields named as in JSON.
 *
 * @throws {ApiFailure} `INVALID_ARGUMENT` for a member that no service has, or that is not emulated.
 */
export function readServiceBody(sent: Body): Body {
  const body = withJsonNames(sent, ["labels", "annotations", "nodeSelector", "limits"]) as Body;
  for (const member of Object.keys(body)) {
    if (unsupported.includes(member)) {
      throw invalidRequest([{ field: member, description: "the runpass emulator does not support this field" }]);
    }
    if (![...settable, ...outputOnly].includes(member)) throw unknownField(member, "service");
  }
  return body;
}

/** A service after a patch: the members that the mask names as they were sent, all others as they were. */
export function mergeService(current: Body, sent: Body, mask: readonly string[]): Body {
  const merged: Record<string, unknown> = { ...current };
  for (const path of mask) {
    const [member = "", below] = path.split(".");
    if (!settable.includes(member)) continue;
    if (below === undefined) merged[member] = sent[member];
    else {
      const template = readObject(merged["template"], "template");
      merged["template"] = { ...template, [below]: readObject(sent["template"], "template")[below] };
    }
  }
  return merged;
}

/**
 * Reads what somebody wants of a service.
 *
 * @param kept Annotations of v1 that v2 does not show and that stay.
 * @throws {ApiFailure} `INVALID_ARGUMENT`.
 */
export function readRunService(
  body: Body,
  projectNumber: string,
  kept: Readonly<Record<string, string>> = {},
): ServiceSpec {
  const labels = readOwn(body["labels"], "labels");
  const template = readObject(body["template"], "template");
  const annotations = { ...keptOnly(kept), ...readOwn(body["annotations"], "annotations"), ...readWords(body) };
  return {
    labels,
    annotations,
    template: withDefaults({ dialect: "v2", value: readTemplate(template) }, defaultServiceAccount(projectNumber)),
    traffic: readTraffic(body["traffic"]),
    customAudiences: readList(body["customAudiences"], "custom_audiences").map((audience, index) => {
      const text = readText(audience, `custom_audiences[${index}]`);
      if (text === undefined) throw invalidRequest([{ field: "custom_audiences", description: "must not be empty" }]);
      return text;
    }),
    ingress: readIngress(body["ingress"]),
    invokerIamDisabled: readFlag(body["invokerIamDisabled"], "invoker_iam_disabled"),
    defaultUriDisabled: readFlag(body["defaultUriDisabled"], "default_uri_disabled"),
  };
}

/** Members of v2 that v1, and so the store, has as annotations. */
function readWords(body: Body): Record<string, string> {
  const { minInstanceCount, maxInstanceCount } = readObject(body["scaling"], "scaling");
  const stage = body["launchStage"];
  const words: Record<string, string | undefined> = {
    [serviceAnnotations.description]: readText(body["description"], "description"),
    [serviceAnnotations.clientName]: readText(body["client"], "client"),
    [serviceAnnotations.clientVersion]: readText(body["clientVersion"], "client_version"),
    [serviceAnnotations.launchStage]: typeof stage === "number" ? launchStages[stage] : readText(stage, "launch_stage"),
    [serviceAnnotations.iapEnabled]: readFlag(body["iapEnabled"], "iap_enabled") ? "true" : undefined,
    [minScale]: minInstanceCount ? String(readCount(minInstanceCount, "scaling.min_instance_count")) : undefined,
    [maxScale]: maxInstanceCount ? String(readCount(maxInstanceCount, "scaling.max_instance_count")) : undefined,
  };
  return Object.fromEntries(Object.entries(words).filter((entry): entry is [string, string] => Boolean(entry[1])));
}

export const minScale = "run.googleapis.com/minScale";
export const maxScale = "run.googleapis.com/maxScale";

/** What stays of the stored annotations: Google's own without a member in v2. */
function keptOnly(annotations: Readonly<Record<string, string>>): Record<string, string> {
  const shown: readonly string[] = [...Object.values<string>(serviceAnnotations), minScale, maxScale];
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => isReservedKey(key) && !shown.includes(key)));
}

/** Labels or annotations, which must not be in Google's namespaces. Source: google/cloud/run/v2/service.proto. */
function readOwn(value: unknown, field: string): Record<string, string> {
  const entries = readTexts(value, field);
  const reserved = Object.keys(entries).find(isReservedKey);
  if (reserved === undefined) return entries;
  throw invalidRequest([{ field: `${field}[${reserved}]`, description: "the namespace is reserved for Google" }]);
}

function readTemplate(template: Body): RunTemplate {
  readText(template["revision"], "template.revision");
  readText(template["serviceAccount"], "template.service_account");
  readText(template["timeout"], "template.timeout");
  readOwn(template["labels"], "template.labels");
  readOwn(template["annotations"], "template.annotations");
  readObject(template["scaling"], "template.scaling");
  readObject(template["vpcAccess"], "template.vpc_access");
  return { ...template, containers: readContainers(template["containers"], v2Wording.containers) };
}

function readTraffic(value: unknown): readonly TrafficTarget[] {
  const targets = readList(value, "traffic").map((target, index) => {
    const field = `traffic[${index}]`;
    const { type, revision, percent, tag } = readObject(target, field);
    const wanted = readText(revision, `${field}.revision`)?.split("/").at(-1);
    const isLatest = wanted === undefined;
    const said = type ? type === 1 || type === latestType : undefined;
    if (said !== undefined && said !== isLatest) {
      throw invalidRequest([{ field, description: "the type does not fit: only type REVISION names a revision" }]);
    }
    const wantedTag = readText(tag, `${field}.tag`);
    return {
      ...(wanted === undefined ? {} : { revision: wanted }),
      percent: readCount(percent, `${field}.percent`),
      ...(wantedTag === undefined ? {} : { tag: wantedTag }),
    };
  });
  return targets.length > 0 ? targets : allToLatest;
}

const latestType = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST";

function readIngress(value: unknown): Ingress {
  const wanted = value === undefined || value === "INGRESS_TRAFFIC_UNSPECIFIED" ? 0 : value;
  const found = typeof wanted === "number" ? ingresses[wanted] : ingresses.find((each) => each === wanted);
  if (found) return found;
  throw invalidRequest([{ field: "ingress", description: `must be one of ${ingresses.slice(1).join(", ")}` }]);
}
