import type { RunServiceName } from "../../google/run-name.ts";
import type { KnativeTemplate } from "../../google/run-v1.ts";
import type { Ingress, RunTemplate } from "../../google/run-v2.ts";
import type { Kind } from "../state/store.ts";

/** What a revision runs, as it was written: each version of the API gets its own words back unchanged. */
export type Template =
  | { readonly dialect: "v1"; readonly value: KnativeTemplate }
  | { readonly dialect: "v2"; readonly value: RunTemplate };

/** A share of a service's traffic, an address of its own, or both. */
export interface TrafficTarget {
  /** Name of a revision; absent for whichever is the latest. */
  readonly revision?: string;
  /** 0 to 100. */
  readonly percent: number;
  readonly tag?: string;
}

/** What somebody may want of a service. */
export interface ServiceSpec {
  readonly labels: Readonly<Record<string, string>>;
  /** In v1's words, Google's own among them, but for what has a member here. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly template: Template;
  /** The percentages sum up to 100. */
  readonly traffic: readonly TrafficTarget[];
  readonly customAudiences: readonly string[];
  readonly ingress: Ingress;
  readonly invokerIamDisabled: boolean;
  readonly defaultUriDisabled: boolean;
}

export interface ServiceRecord extends RunServiceName, ServiceSpec {
  readonly uid: string;
  readonly createdMs: number;
  readonly updatedMs: number;
  /** Counts the writes. */
  readonly generation: number;
  /** E-mails. */
  readonly creator: string;
  readonly lastModifier: string;
  /** Every run.app address, the first one the service's own. */
  readonly urls: readonly string[];
  /** Name of the revision that the template has last made. */
  readonly latestRevision: string;
  /** Id of the operation that wrote it last. */
  readonly operation: string;
}
/** By resource name. */
export const serviceKind: Kind<ServiceRecord> = { name: "services" };

export interface RevisionRecord extends RunServiceName {
  readonly revision: string;
  readonly uid: string;
  readonly createdMs: number;
  /** The service's, when it was made. */
  readonly generation: number;
  readonly creator: string;
  readonly template: Template;
}
/** By resource name: `projects/P/locations/L/services/S/revisions/R`. */
export const revisionKind: Kind<RevisionRecord> = { name: "revisions" };

/** A long-running operation. In the emulator all are over at once; their callers are told a moment later, as Google's are. */
export interface OperationRecord {
  readonly project: string;
  readonly region: string;
  readonly id: string;
  readonly createdMs: number;
  /** The service as the operation left it. */
  readonly service: ServiceRecord;
  readonly isDeletion: boolean;
}
/** By resource name: `projects/P/locations/L/operations/ID`. */
export const operationKind: Kind<OperationRecord> = { name: "operations" };
