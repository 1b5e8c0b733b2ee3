import type { KeyObject } from "node:crypto";
import type { DenyPolicy } from "../google/deny-policy.ts";
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
  /** Sets of principals besides groups that it is in, as policies write them: `principalSet://…`. */
  readonly sets?: readonly string[];
}

/**
 * Somebody of a workload or workforce identity pool. They hold access tokens of Google's, which its APIs take, and never ID tokens,
 * which services want.
 */
export interface FederatedPrincipal {
  readonly kind: "federated";
  /** `principal://…`. */
  readonly subject: string;
  readonly state: "active" | "disabled";
  /** Every member that means it: its own `principal://…`, and `principalSet://…` for each set that it is in. */
  readonly sets: readonly string[];
}

/** A tag of a resource: a key that an organisation or project defines, with one of its values. */
export interface ResourceTag {
  /** `ORGANISATION_NUMBER/KEY` or `PROJECT_ID/KEY`. */
  readonly key: string;
  /** The value's short name. */
  readonly value: string;
  /** `tagKeys/N`. */
  readonly keyId?: string;
  /** `tagValues/N`. */
  readonly valueId?: string;
}

/** What hangs on one resource on the way from a service up to its organisation. */
export interface PolicyLevel {
  /** The resource, for example `projects/demo-project`. */
  readonly resource: string;
  /** Its allow policy. */
  readonly policy: Policy;
  /** The permissions in the custom roles that its bindings name. */
  readonly customRoles?: ReadonlyMap<string, ReadonlySet<string>>;
  /** The deny policies attached to it. */
  readonly denyPolicies?: readonly DenyPolicy[];
  /** Tags bound to the resource itself. Those of the levels above are inherited, key by key. */
  readonly tags?: readonly ResourceTag[];
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
  /** What holds for a resource: its own policy first, then its parents'. Policies are never changed in place. */
  policiesOf(resource: string): readonly PolicyLevel[];
  /** E-mails, in lower case, of the groups that a principal is in, through other groups or not. */
  groupsOf(email: string): ReadonlySet<string>;
}
