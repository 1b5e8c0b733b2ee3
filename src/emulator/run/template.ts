import { isDeepStrictEqual } from "node:util";
import { templateAnnotations } from "../../google/run-v1.ts";
import type { KnativeContainer, KnativeTemplate, KnativeVariable } from "../../google/run-v1.ts";
import { isReservedKey } from "../../google/run-v2.ts";
import type { RunContainer, RunTemplate, RunVariable } from "../../google/run-v2.ts";
import type { Template } from "./records.ts";

/** Cloud Run's request timeout where a template names none, and the longest. Source: Cloud Run, "Request timeout". */
export const defaultTimeoutSeconds = 300;
export const maxTimeoutSeconds = 3600;

/** What the emulator itself needs of a template, whichever API wrote it. */
export interface TemplateFacts {
  readonly image: string;
  /** E-mail of the runtime account; absent where the default one is meant. */
  readonly serviceAccount?: string;
  readonly timeoutSeconds: number;
  /** Whether the container speaks HTTP/2 in the clear. */
  readonly isH2c: boolean;
  /** Of the revision, where the template names it. */
  readonly revision?: string;
}

/** Reads what the emulator acts on. The ingress container is the one with a port, or the first. */
export function readTemplate(template: Template): TemplateFacts {
  const { containers = [], serviceAccount, timeout, revision } = asV2(template);
  const container = containers.find(({ ports }) => ports?.length) ?? containers[0];
  return {
    image: container?.image ?? "",
    ...(serviceAccount ? { serviceAccount } : {}),
    timeoutSeconds: parseSeconds(timeout) ?? defaultTimeoutSeconds,
    isH2c: container?.ports?.[0]?.name === "h2c",
    ...(revision ? { revision } : {}),
  };
}

/** Whether two templates want the same. Empty members are the same as absent ones: clients send them or not. */
export function isSameTemplate(left: Template, right: Template): boolean {
  return left.dialect === right.dialect
    ? isDeepStrictEqual(compact(left.value), compact(right.value))
    : isDeepStrictEqual(compact(asV2(left)), compact(asV2(right)));
}

/** A template in v1's words. Written in v2's, it keeps what has a counterpart there. */
export function asV1(template: Template): KnativeTemplate {
  if (template.dialect === "v1") return template.value;
  const { value } = template;
  const { minInstanceCount, maxInstanceCount } = value.scaling ?? {};
  const resources = value.containers?.[0]?.resources;
  const annotations = compact({
    ...value.annotations,
    [templateAnnotations.minScale]: minInstanceCount?.toString(),
    [templateAnnotations.maxScale]: maxInstanceCount?.toString(),
    [templateAnnotations.executionEnvironment]: environments[enumNumber(value.executionEnvironment, v2Environments)],
    [templateAnnotations.cpuThrottling]: resources?.cpuIdle?.toString(),
    [templateAnnotations.startupCpuBoost]: resources?.startupCpuBoost?.toString(),
    [templateAnnotations.sessionAffinity]: value.sessionAffinity?.toString(),
    [templateAnnotations.vpcConnector]: value.vpcAccess?.connector,
    [templateAnnotations.vpcEgress]: egresses[enumNumber(value.vpcAccess?.egress, v2Egresses)],
  }) as Record<string, string> | undefined;
  const labels = value.labels;
  return {
    metadata: {
      ...(value.revision ? { name: value.revision } : {}),
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
    },
    spec: {
      containerConcurrency: value.maxInstanceRequestConcurrency || 80,
      timeoutSeconds: parseSeconds(value.timeout) ?? defaultTimeoutSeconds,
      ...(value.serviceAccount ? { serviceAccountName: value.serviceAccount } : {}),
      containers: (value.containers ?? []).map(containerAsV1),
    },
  };
}

/** A template in v2's words. Written in v1's, it keeps what has a counterpart there. */
export function asV2(template: Template): RunTemplate {
  if (template.dialect === "v2") return template.value;
  const { metadata = {}, spec = {} } = template.value;
  const annotations = metadata.annotations ?? {};
  const flag = (name: string): boolean | undefined =>
    annotations[name] === undefined ? undefined : annotations[name].toLowerCase() === "true";
  const count = (name: string): number | undefined =>
    annotations[name] === undefined ? undefined : Number(annotations[name]);
  const value = {
    revision: metadata.name,
    labels: ownOnly(metadata.labels),
    annotations: ownOnly(annotations),
    scaling: {
      minInstanceCount: count(templateAnnotations.minScale),
      maxInstanceCount: count(templateAnnotations.maxScale),
    },
    vpcAccess: {
      connector: annotations[templateAnnotations.vpcConnector],
      egress: v2Egresses[egresses.indexOf(annotations[templateAnnotations.vpcEgress] ?? "")],
    },
    timeout: spec.timeoutSeconds === undefined ? undefined : `${spec.timeoutSeconds}s`,
    serviceAccount: spec.serviceAccountName,
    containers: (spec.containers ?? []).map((container, index) =>
      containerAsV2(container, {
        // v1 says it of the whole revision, v2 of each container.
        cpuIdle: index === 0 ? flag(templateAnnotations.cpuThrottling) : undefined,
        startupCpuBoost: index === 0 ? flag(templateAnnotations.startupCpuBoost) : undefined,
      }),
    ),
    executionEnvironment:
      v2Environments[environments.indexOf(annotations[templateAnnotations.executionEnvironment] ?? "")],
    maxInstanceRequestConcurrency: spec.containerConcurrency,
    sessionAffinity: flag(templateAnnotations.sessionAffinity),
  };
  return (compact(value) ?? {}) as RunTemplate;
}

/** The places are the numbers of v2's enums; the first of each is "unspecified". */
const environments = [undefined, "gen1", "gen2"];
const v2Environments = [undefined, "EXECUTION_ENVIRONMENT_GEN1", "EXECUTION_ENVIRONMENT_GEN2"];
const egresses = [undefined, "all-traffic", "private-ranges-only"];
const v2Egresses = [undefined, "ALL_TRAFFIC", "PRIVATE_RANGES_ONLY"];

/** The number of an enum's value: clients send either. */
function enumNumber(value: string | number | undefined, names: readonly (string | undefined)[]): number {
  return typeof value === "number" ? value : Math.max(0, names.indexOf(value));
}

function containerAsV1({ env, resources, ...rest }: RunContainer): KnativeContainer {
  return {
    ...rest,
    ...(env ? { env: env.map(variableAsV1) } : {}),
    ...(resources?.limits ? { resources: { limits: resources.limits } } : {}),
  };
}

function containerAsV2(
  { env, resources, ...rest }: KnativeContainer,
  shared: { readonly cpuIdle: boolean | undefined; readonly startupCpuBoost: boolean | undefined },
): object {
  return { ...rest, env: env?.map(variableAsV2), resources: { limits: resources?.limits, ...shared } };
}

function variableAsV1({ name, value, valueSource }: RunVariable): KnativeVariable {
  const { secret, version } = valueSource?.secretKeyRef ?? {};
  if (secret === undefined) return { name, ...(value === undefined ? {} : { value }) };
  return { name, valueFrom: { secretKeyRef: { name: secret, key: version ?? "latest" } } };
}

function variableAsV2({ name, value, valueFrom }: KnativeVariable): RunVariable {
  const { name: secret, key } = valueFrom?.secretKeyRef ?? {};
  if (secret === undefined) return { name, ...(value === undefined ? {} : { value }) };
  return { name, valueSource: { secretKeyRef: { secret, version: key ?? "latest" } } };
}

/** Without what v2 keeps for Google. */
export function ownOnly(entries: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(entries ?? {}).filter(([key]) => !isReservedKey(key)));
}

/** Seconds of a duration such as `300s` or `1.5s`. Source: google/protobuf/duration.proto, its JSON form. */
export function parseSeconds(duration: unknown): number | undefined {
  const seconds = typeof duration === "string" ? /^(\d+(?:\.\d+)?)s$/.exec(duration)?.[1] : undefined;
  return seconds === undefined ? undefined : Number(seconds);
}

/** Without members that are absent or empty, all the way down. @returns `undefined` where nothing is left. */
function compact(value: unknown): unknown {
  if (value === null || value === undefined || value === "") return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((item) => compact(item) ?? {});
  if (typeof value !== "object") return value;
  const kept = Object.entries(value)
    .map(([key, member]) => [key, compact(member)] as const)
    .filter(([, member]) => member !== undefined);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** A template with what Cloud Run fills in. Source: Cloud Run documentation, page by page; read back by gcloud. */
export function withDefaults(template: Template, serviceAccount: string): Template {
  if (template.dialect === "v1") {
    const { metadata = {}, spec = {} } = template.value;
    return {
      dialect: "v1",
      value: {
        ...template.value,
        metadata: {
          ...metadata,
          annotations: { [templateAnnotations.maxScale]: "100", ...metadata.annotations },
        },
        spec: {
          ...spec,
          containerConcurrency: spec.containerConcurrency || 80,
          timeoutSeconds: spec.timeoutSeconds || defaultTimeoutSeconds,
          serviceAccountName: spec.serviceAccountName || serviceAccount,
          containers: (spec.containers ?? []).map((container, _index, { length }) => ({
            ...container,
            ...withPort(container.ports, length === 1),
            resources: { ...container.resources, limits: { ...defaultLimits, ...container.resources?.limits } },
          })),
        },
      },
    };
  }
  const { value } = template;
  return {
    dialect: "v2",
    value: {
      ...value,
      ...named("executionEnvironment", v2Environments[enumNumber(value.executionEnvironment, v2Environments)]),
      ...(value.vpcAccess
        ? {
            vpcAccess: {
              ...value.vpcAccess,
              ...named("egress", v2Egresses[enumNumber(value.vpcAccess.egress, v2Egresses)]),
            },
          }
        : {}),
      timeout: value.timeout || `${defaultTimeoutSeconds}s`,
      maxInstanceRequestConcurrency: value.maxInstanceRequestConcurrency || 80,
      serviceAccount: value.serviceAccount || serviceAccount,
      scaling: { ...value.scaling, maxInstanceCount: value.scaling?.maxInstanceCount || 100 },
      containers: (value.containers ?? []).map((container, _index, { length }) => ({
        ...container,
        ...withPort(container.ports, length === 1),
        resources: { ...container.resources, limits: { ...defaultLimits, ...container.resources?.limits } },
      })),
    },
  };
}

const defaultLimits = { cpu: "1000m", memory: "512Mi" };

type Ports = NonNullable<RunContainer["ports"]>;

function withPort(ports: Ports | undefined, isAlone: boolean): { readonly ports?: Ports } {
  const [port] = ports?.length ? ports : isAlone ? [{}] : [];
  return port ? { ports: [{ name: port.name || "http1", containerPort: port.containerPort || 8080 }] } : {};
}

function named(member: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [member]: value };
}
