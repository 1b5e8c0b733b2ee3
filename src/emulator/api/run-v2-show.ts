import { formatServiceName } from "../../google/run-name.ts";
import { serviceAnnotations } from "../../google/run-v1.ts";
import type { RevisionRecord, ServiceRecord } from "../run/records.ts";
import { asV2, ownOnly } from "../run/template.ts";
import { revisionOf, tagUrl } from "../run/traffic.ts";
import { maxScale, minScale } from "./run-v2-read.ts";

/** A service as v2 has it. Source: google/cloud/run/v2/service.proto. */
export function showRunService(record: ServiceRecord): Record<string, unknown> {
  const name = formatServiceName(record);
  const { annotations, traffic } = record;
  const latest = `${name}/revisions/${record.latestRevision}`;
  const own = ownOnly(annotations);
  const scaling = {
    ...(annotations[minScale] === undefined ? {} : { minInstanceCount: Number(annotations[minScale]) }),
    ...(annotations[maxScale] === undefined ? {} : { maxInstanceCount: Number(annotations[maxScale]) }),
  };
  return {
    name,
    ...word("description", annotations[serviceAnnotations.description]),
    uid: record.uid,
    generation: String(record.generation),
    ...(Object.keys(record.labels).length > 0 ? { labels: ownOnly(record.labels) } : {}),
    ...(Object.keys(own).length > 0 ? { annotations: own } : {}),
    createTime: formatTime(record.createdMs),
    updateTime: formatTime(record.updatedMs),
    creator: record.creator,
    lastModifier: record.lastModifier,
    ...word("client", annotations[serviceAnnotations.clientName]),
    ...word("clientVersion", annotations[serviceAnnotations.clientVersion]),
    ingress: record.ingress,
    launchStage: annotations[serviceAnnotations.launchStage] ?? "GA",
    template: asV2(record.template),
    traffic: traffic.map(({ revision, percent, tag }) => ({
      ...allocation(revision),
      ...(percent > 0 ? { percent } : {}),
      ...(tag === undefined ? {} : { tag }),
    })),
    ...(Object.keys(scaling).length > 0 ? { scaling } : {}),
    ...(record.invokerIamDisabled ? { invokerIamDisabled: true } : {}),
    ...(record.defaultUriDisabled ? { defaultUriDisabled: true } : {}),
    ...(annotations[serviceAnnotations.iapEnabled] === "true" ? { iapEnabled: true } : {}),
    ...(record.customAudiences.length > 0 ? { customAudiences: record.customAudiences } : {}),
    ...(record.defaultUriDisabled ? {} : { urls: record.urls, uri: record.urls[0] }),
    observedGeneration: String(record.generation),
    terminalCondition: showCondition("Ready", record.updatedMs),
    conditions: [
      showCondition("RoutesReady", record.updatedMs),
      showCondition("ConfigurationsReady", record.updatedMs),
    ],
    latestReadyRevision: latest,
    latestCreatedRevision: latest,
    trafficStatuses: traffic.map((target) => ({
      type: allocation(target.revision).type,
      revision: revisionOf(target, record),
      ...(target.percent > 0 ? { percent: target.percent } : {}),
      ...(target.tag === undefined ? {} : { tag: target.tag, uri: tagUrl(record, target.tag) }),
    })),
    etag: etagOf(record),
  };
}

/** A revision as v2 has it. Source: google/cloud/run/v2/revision.proto. */
export function showRunRevision(record: RevisionRecord): object {
  const { revision: _, ...template } = asV2(record.template);
  const name = formatServiceName(record);
  return {
    name: `${name}/revisions/${record.revision}`,
    uid: record.uid,
    generation: "1",
    createTime: formatTime(record.createdMs),
    updateTime: formatTime(record.createdMs),
    launchStage: "GA",
    service: record.service,
    ...template,
    conditions: ["Ready", "Active", "ContainerHealthy", "ResourcesAvailable"].map((type) =>
      showCondition(type, record.createdMs),
    ),
    observedGeneration: "1",
    creator: record.creator,
    etag: `"${Buffer.from(record.uid).toString("base64url").slice(0, 16)}"`,
  };
}

/** In quotation marks, which are a part of it, as Google's are. */
export function etagOf({ uid, generation }: ServiceRecord): string {
  return `"${Buffer.from(`${uid.slice(0, 8)}${generation}`).toString("base64url")}"`;
}

export function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}

function allocation(revision: string | undefined): { readonly type: string; readonly revision?: string } {
  return revision === undefined
    ? { type: "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST" }
    : { type: "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", revision };
}

function showCondition(type: string, atMs: number): object {
  return { type, state: "CONDITION_SUCCEEDED", lastTransitionTime: formatTime(atMs) };
}

function word(member: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [member]: value };
}
