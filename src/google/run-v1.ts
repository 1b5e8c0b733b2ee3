/** Wire shapes of run.googleapis.com v1, in the manner of Knative. Source: the API's discovery document. */

/** A service, as far as runpass reads or the emulator writes it. */
export interface KnativeService {
  readonly apiVersion: "serving.knative.dev/v1";
  readonly kind: "Service";
  readonly metadata: {
    readonly name: string;
    /** The project's number. */
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly [member: string]: unknown;
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: {
    readonly url?: string;
    readonly address?: { readonly url: string };
    readonly traffic?: readonly { readonly tag?: string; readonly url?: string; readonly [member: string]: unknown }[];
    readonly [member: string]: unknown;
  };
}

export interface KnativeServiceList {
  readonly apiVersion: "serving.knative.dev/v1";
  readonly kind: "ServiceList";
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly items: readonly KnativeService[];
  /** Regions that could not be asked. */
  readonly unreachable?: readonly string[];
}

/** The label that holds a service's region. */
export const locationLabel = "cloud.googleapis.com/location";

/** RevisionTemplateSpec: what a revision is made from. What runpass does not know is kept as it is. */
export interface KnativeTemplate {
  readonly metadata?: {
    /** Of the revision to come; generated where absent. */
    readonly name?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly [member: string]: unknown;
  };
  readonly spec?: {
    readonly containers?: readonly KnativeContainer[];
    readonly serviceAccountName?: string;
    readonly timeoutSeconds?: number;
    readonly containerConcurrency?: number;
    readonly [member: string]: unknown;
  };
}

export interface KnativeContainer {
  readonly image?: string;
  /** `http1` or `h2c`. */
  readonly ports?: readonly { readonly name?: string; readonly containerPort?: number }[];
  readonly env?: readonly KnativeVariable[];
  readonly resources?: { readonly limits?: Readonly<Record<string, string>>; readonly [member: string]: unknown };
  readonly [member: string]: unknown;
}

export interface KnativeVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name?: string; readonly key?: string } };
}

/** The annotations that stand for members of a service of v2. Source: gcloud, `api_lib/run/k8s_object.py`, `service.py`. */
export const serviceAnnotations = {
  ingress: "run.googleapis.com/ingress",
  ingressStatus: "run.googleapis.com/ingress-status",
  customAudiences: "run.googleapis.com/custom-audiences",
  invokerIamDisabled: "run.googleapis.com/invoker-iam-disabled",
  defaultUrlDisabled: "run.googleapis.com/default-url-disabled",
  urls: "run.googleapis.com/urls",
  operationId: "run.googleapis.com/operation-id",
  clientName: "run.googleapis.com/client-name",
  clientVersion: "run.googleapis.com/client-version",
  description: "run.googleapis.com/description",
  launchStage: "run.googleapis.com/launch-stage",
  iapEnabled: "run.googleapis.com/iap-enabled",
  creator: "serving.knative.dev/creator",
  lastModifier: "serving.knative.dev/lastModifier",
} as const;

/** The annotations that stand for members of a template of v2. Source: gcloud, `api_lib/run/container_resource.py`, `revision.py`. */
export const templateAnnotations = {
  minScale: "autoscaling.knative.dev/minScale",
  maxScale: "autoscaling.knative.dev/maxScale",
  executionEnvironment: "run.googleapis.com/execution-environment",
  cpuThrottling: "run.googleapis.com/cpu-throttling",
  startupCpuBoost: "run.googleapis.com/startup-cpu-boost",
  sessionAffinity: "run.googleapis.com/sessionAffinity",
  vpcConnector: "run.googleapis.com/vpc-access-connector",
  vpcEgress: "run.googleapis.com/vpc-access-egress",
} as const;
