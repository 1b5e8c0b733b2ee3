import type { DenyPolicy } from "./deny-policy.ts";
import type { Condition } from "./policy.ts";

/** Policy Troubleshooter v3, as far as it is asked. Source: google/cloud/policytroubleshooter/iam/v3/troubleshooter.proto. */
export const policyTroubleshooterHost = "policytroubleshooter.googleapis.com";

/** Who is to have which permission on what. */
export interface AccessTuple {
  /** The e-mail of a Google account or service account. */
  readonly principal: string;
  /** `//run.googleapis.com/projects/P/locations/L/services/S`. */
  readonly fullResourceName: string;
  /** For example `run.routes.invoke`, or in the form of deny policies `run.googleapis.com/routes.invoke`. */
  readonly permission: string;
  /** In answers: the permission in the form of deny policies. */
  readonly permissionFqdn?: string;
  readonly conditionContext?: {
    /** RFC 3339; conditions on the time are not evaluated without it. */
    readonly request?: { readonly receiveTime?: string };
    /** In answers: the tags of the resource. */
    readonly effectiveTags?: readonly EffectiveTag[];
  };
}

export interface EffectiveTag {
  /** `ORGANISATION_NUMBER/KEY/VALUE` or `PROJECT_ID/KEY/VALUE`. */
  readonly namespacedTagValue: string;
  readonly namespacedTagKey: string;
}

/** The sentence on all policies together. */
export type OverallAccessState = "CAN_ACCESS" | "CANNOT_ACCESS" | "UNKNOWN_INFO" | "UNKNOWN_CONDITIONAL";

/** What is not known: for want of a permission of whoever asks, or of what a condition asks for. */
export type UnknownState = "UNKNOWN_INFO" | "UNKNOWN_CONDITIONAL";
export type AllowAccessState = `ALLOW_ACCESS_STATE_${"GRANTED" | "NOT_GRANTED" | UnknownState}`;
export type DenyAccessState = `DENY_ACCESS_STATE_${"DENIED" | "NOT_DENIED" | UnknownState}`;
export type MembershipState = `MEMBERSHIP_${"MATCHED" | "NOT_MATCHED" | "UNKNOWN_INFO"}`;

/** By member or principal, as the policy has it. */
export type Memberships = Readonly<Record<string, { readonly membership: MembershipState }>>;

/** Answer of `iam.troubleshoot`. Of policies that whoever asks may not read only the state is told. */
export interface TroubleshootAnswer {
  readonly overallAccessState: OverallAccessState;
  readonly accessTuple: AccessTuple;
  readonly allowPolicyExplanation?: {
    readonly allowAccessState: AllowAccessState;
    readonly explainedPolicies?: readonly ExplainedAllowPolicy[];
  };
  readonly denyPolicyExplanation?: {
    readonly denyAccessState: DenyAccessState;
    readonly permissionDeniable?: boolean;
    readonly explainedResources?: readonly ExplainedDenyResource[];
  };
}

export interface ExplainedAllowPolicy {
  readonly allowAccessState: AllowAccessState;
  readonly fullResourceName?: string;
  readonly bindingExplanations?: readonly BindingExplanation[];
}

export interface BindingExplanation {
  readonly allowAccessState: AllowAccessState;
  readonly role: string;
  readonly rolePermission: `ROLE_PERMISSION_${"INCLUDED" | "NOT_INCLUDED" | "UNKNOWN_INFO"}`;
  readonly memberships?: Memberships;
  readonly condition?: Condition;
}

export interface ExplainedDenyResource {
  readonly denyAccessState: DenyAccessState;
  readonly fullResourceName?: string;
  readonly explainedPolicies?: readonly ExplainedDenyPolicy[];
}

export interface ExplainedDenyPolicy {
  readonly denyAccessState: DenyAccessState;
  readonly policy?: DenyPolicy;
  readonly ruleExplanations?: readonly {
    readonly denyAccessState: DenyAccessState;
    readonly deniedPrincipals?: Memberships;
  }[];
}

/**
 * A resource as Policy Troubleshooter names it: `//run.googleapis.com/projects/P/locations/L/services/S`. Source: IAM
 * documentation, "Full resource names".
 *
 * @param name `projects/P/locations/L/services/S`, `projects/P/serviceAccounts/EMAIL`, `projects/P`, `folders/N` …
 */
export function formatFullResourceName(name: string): string {
  const [, , collection] = name.split("/");
  const api = collection === undefined ? "cloudresourcemanager" : collection === "serviceAccounts" ? "iam" : "run";
  return `//${api}.googleapis.com/${name}`;
}

/** The reverse: `//run.googleapis.com/projects/P/locations/L/services/S` without its API; `undefined` for another form. */
export function parseFullResourceName(text: string): string | undefined {
  return /^\/\/[a-z]+\.googleapis\.com\/((?:projects|folders|organizations)\/.+)$/.exec(text)?.[1];
}
