import type { Effective } from "../access/effective.ts";
import type { GrantRequest } from "../access/grant-request.ts";
import type { ErrorCode, RunpassError } from "../core/errors.ts";

/** The links of the chain from a caller's credentials to a service's answer, in the order in which they are shown. */
export const links = [
  "credentials",
  "network",
  "clock",
  "service",
  "address",
  "ingress",
  "IAP",
  "invoker check",
  "impersonation",
  "token",
  "audience",
  "policy",
  "organisation policy",
  "call",
  "propagation",
] as const;

export type Link = (typeof links)[number];

/** What was found at one link. */
export interface Finding {
  readonly link: Link;
  readonly outcome: "passed" | "failed" | "unknown" | "not applicable";
  /** One sentence with its evidence, for a person; no token in it. */
  readonly detail: string;
  /** For `unknown`: the permission that would let it be known. */
  readonly permission?: string;
  /** What is worth knowing besides. */
  readonly besides?: string;
}

/** What would repair a call. */
export interface Repair {
  /** Grants that runpass can write itself. Empty where somebody must decide. */
  readonly grants: readonly GrantRequest[];
  /** The same as lines to copy, or the one line of advice. */
  readonly runpass: readonly string[];
  readonly gcloud: readonly string[];
  /** Whether the caller may do it. */
  readonly allowed: "yes" | "no" | "unknown";
  /** Where the caller may not, but may ask Privileged Access Manager for what it needs, for a time. */
  readonly request?: { readonly line: string; readonly gives: "access" | "right to grant" } | undefined;
  /** Where the caller may not: lines to send to whoever may, the exact commands among them. */
  readonly message?: readonly string[];
}

/** Why a call fails, or that it does not. */
export interface Diagnosis {
  readonly findings: readonly Finding[];
  /** Absent where the call works. */
  readonly cause?: Link;
  /** The code of the error that the verdict amounts to: `undefined` where the call works. */
  readonly code?: ErrorCode;
  /** One sentence. */
  readonly verdict: string;
  readonly repair?: Repair;
}

/** Short forms. */
export const passed = (link: Link, detail: string): Finding => ({ link, outcome: "passed", detail });
export const failed = (link: Link, detail: string): Finding => ({ link, outcome: "failed", detail });
export const notApplicable = (link: Link, detail: string): Finding => ({ link, outcome: "not applicable", detail });
export const unknown = (link: Link, detail: string, permission?: string): Finding => ({
  link,
  outcome: "unknown",
  detail,
  ...(permission === undefined ? {} : { permission }),
});

/** Whose answer it is, where it was not worked out from the policies here: for the end of a detail. */
export function toldBy(effective: Effective | undefined): string {
  return effective?.source === undefined ? "" : ` (${effective.source} says so)`;
}

/** What an error says, as the detail of a finding. */
export function describeError({ message, why }: RunpassError): string {
  return (why === undefined || why === message ? message : `${message}: ${why}`).replace(/\.$/, "");
}
