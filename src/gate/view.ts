import type { KeyObject } from "node:crypto";
import type { Policy } from "../google/policy.ts";
import type { Ingress } from "../google/run-v2.ts";

/** What the gate knows of one Cloud Run service. */
export interface GateService {
  /** `projects/P/locations/L/services/S`. */
  readonly name: string;
  /** Every address under which it is served, without a trailing slash: each is an audience it accepts. */
  readonly urls: readonly string[];
  /** Further audiences, compared to the letter. */
  readonly customAudiences: readonly string[];
  readonly ingress: Ingress;
  readonly invokerIamDisabled: boolean;
  readonly defaultUriDisabled: boolean;
}

/** A person or a service account that can hold tokens. */
export interface Principal {
  readonly kind: "user" | "serviceAccount";
  /** Lower case. */
  readonly email: string;
  /** The stable id: a token's `sub`. */
  readonly subject: string;
  readonly state: "active" | "disabled" | "deleted";
}

/** One allow policy on the way from a resource up to its organisation. */
export interface PolicyLevel {
  /** The resource that the policy hangs on, for example `projects/demo-project`. */
  readonly resource: string;
  readonly policy: Policy;
}

/** What the gate may look up. Synchronous: a decision is made on the hot path of every request. */
export interface GateView {
  /** Grows with every change of what the other members answer: a decision may be kept while it stands. */
  readonly revision: number;
  /** The service at a host (lower case, without port; a tag in front or not). */
  serviceByHost(host: string): GateService | undefined;
  /** The public key (RSA) behind a `kid` of Google's. */
  verificationKey(kid: string): KeyObject | undefined;
  principalBySubject(subject: string): Principal | undefined;
  /** The allow policies that hold for a resource, its own first, then its parents'. */
  policiesOf(resource: string): readonly PolicyLevel[];
  /** E-mails, in lower case, of the groups that a principal is in, through other groups or not. */
  groupsOf(email: string): ReadonlySet<string>;
}
