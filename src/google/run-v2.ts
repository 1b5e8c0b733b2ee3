/** Wire shapes of run.googleapis.com v2. Source: google/cloud/run/v2/service.proto. */

export const runHost = "run.googleapis.com";

export type Ingress =
  | "INGRESS_TRAFFIC_ALL"
  | "INGRESS_TRAFFIC_INTERNAL_ONLY"
  | "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
  | "INGRESS_TRAFFIC_NONE";

/** The members of a service that runpass reads; the API has more. */
export interface RunService {
  /** `projects/P/locations/L/services/S`. */
  readonly name: string;
  readonly uri?: string;
  /** Every run.app address of the service. */
  readonly urls?: readonly string[];
  readonly customAudiences?: readonly string[];
  readonly ingress?: Ingress;
  readonly invokerIamDisabled?: boolean;
  readonly defaultUriDisabled?: boolean;
  readonly iapEnabled?: boolean;
  readonly trafficStatuses?: readonly { readonly tag?: string; readonly uri?: string }[];
  /** Whether it is ready, and why it is not. */
  readonly terminalCondition?: { readonly state?: string; readonly message?: string };
}

/** RevisionTemplate: what a revision is made from. What runpass does not know is kept as it is. */
export interface RunTemplate {
  /** Name of the revision to come; generated where absent. */
  readonly revision?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly containers?: readonly RunContainer[];
  /** E-mail. Default: the Compute Engine default service account. */
  readonly serviceAccount?: string;
  /** A duration: `300s`. */
  readonly timeout?: string;
  readonly maxInstanceRequestConcurrency?: number;
  readonly scaling?: { readonly minInstanceCount?: number; readonly maxInstanceCount?: number };
  readonly executionEnvironment?: string | number;
  readonly sessionAffinity?: boolean;
  readonly vpcAccess?: { readonly connector?: string; readonly egress?: string | number };
  readonly [member: string]: unknown;
}

export interface RunContainer {
  readonly image?: string;
  /** `http1` or `h2c`. */
  readonly ports?: readonly { readonly name?: string; readonly containerPort?: number }[];
  readonly env?: readonly RunVariable[];
  readonly resources?: {
    readonly limits?: Readonly<Record<string, string>>;
    readonly cpuIdle?: boolean;
    readonly startupCpuBoost?: boolean;
  };
  readonly [member: string]: unknown;
}

export interface RunVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueSource?: { readonly secretKeyRef?: { readonly secret?: string; readonly version?: string } };
}

/** Namespaces of labels and annotations that v2 keeps for Google. Source: google/cloud/run/v2/service.proto. */
export const reservedNamespaces: readonly string[] = [
  "run.googleapis.com",
  "cloud.googleapis.com",
  "serving.knative.dev",
  "autoscaling.knative.dev",
];

/** Whether a label's or an annotation's key is in a namespace of Google's. */
export function isReservedKey(key: string): boolean {
  return reservedNamespaces.some((namespace) => key.startsWith(`${namespace}/`));
}
