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
