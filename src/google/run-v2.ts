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
}
