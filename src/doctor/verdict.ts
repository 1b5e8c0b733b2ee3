import type { ErrorCode } from "../core/errors.ts";
import type { Seen } from "./diagnose.ts";
import { failed, passed, notApplicable } from "./finding.ts";
import type { Diagnosis, Finding, Link } from "./finding.ts";
import { repairOf } from "./repair.ts";

/** The first link that failed is the cause: whatever comes after it may be its consequence. */
const order: readonly Link[] = [
  "credentials",
  "service",
  "address",
  "ingress",
  "IAP",
  "impersonation",
  "token",
  "audience",
  "policy",
  "clock",
  "call",
];

/** Draws the conclusion from everything that was seen. */
export function concludeFrom(seen: Seen): Diagnosis {
  const { live, effective, service } = seen;
  const isServed = live?.by === "app";
  const findings = [...seen.findings, judgePropagation(seen)];
  const cause = isServed ? undefined : (causeOf(findings, seen) ?? "call");
  if (cause === undefined) {
    const answer = `the app answered ${live?.status}`;
    const isFine = (live?.status ?? 500) < 400;
    const verdict = isFine
      ? `The call works: ${answer}.`
      : `Google lets the call through; ${answer}, so look into the app itself.`;
    return { findings, verdict };
  }
  const repair = repairOf(cause, seen);
  const because = findings.find(({ link, outcome }) => link === cause && outcome !== "passed")?.detail;
  const unsure = effective?.outcome === "unknown" && cause === "call" && live?.status === 403;
  const verdict = unsure
    ? `Google refuses ${seen.caller ?? "the caller"}, most likely for want of run.routes.invoke: not all policies could be read.`
    : `The call fails because of ${nameOf(cause)}: ${because ?? "no further evidence"}.`;
  return { findings, cause, code: codeOf(cause, seen), verdict, ...(repair ? { repair } : {}) };

  function judgePropagation({ effective: policy }: Seen): Finding {
    if (service?.invokerIamDisabled || policy?.outcome !== "allowed")
      return notApplicable("propagation", "policies do not let the caller in");
    if (live?.by === "app") return passed("propagation", "what the policies say has arrived at the front end");
    return live?.by === "google" && live.withToken && live.status === 403
      ? failed(
          "propagation",
          "policies let the caller in, the front end does not yet: a change usually takes 2 minutes, sometimes 7 or more",
        )
      : notApplicable("propagation", "the request did not come so far");
  }
}

function causeOf(findings: readonly Finding[], { live }: Seen): Link | undefined {
  const failures = new Set(findings.filter(({ outcome }) => outcome === "failed").map(({ link }) => link));
  if (failures.has("propagation")) return "propagation";
  // Without a token the service answers 403 to anybody, and that is no evidence of its own.
  // What is not certain about audiences is, once the front end has answered.
  const doubted =
    live?.by === "google" &&
    live.status === 401 &&
    findings.some(({ link, outcome }) => link === "audience" && outcome === "unknown");
  if (doubted) return "audience";
  const first = order.find((link) => failures.has(link));
  return first === "clock" && live?.status !== 401
    ? order.find((link) => link !== "clock" && failures.has(link))
    : first;
}

function nameOf(cause: Link): string {
  return {
    credentials: "the credentials",
    service: "the service",
    address: "the address",
    ingress: "the ingress setting",
    IAP: "Identity-Aware Proxy",
    "invoker check": "the invoker check",
    impersonation: "the impersonation",
    token: "the token",
    audience: "the token's audience",
    policy: "IAM",
    clock: "the clock",
    call: "the call itself",
    propagation: "the time that changes take",
  }[cause];
}

function codeOf(cause: Link, { errors, live }: Seen): ErrorCode {
  const error = errors.get(cause);
  if (error) return error.code;
  if (cause === "policy" || cause === "impersonation") return "permission_denied";
  if (cause === "call" && live?.by === "nobody") return "google_unreachable";
  return "call_refused";
}
