import type { Resource } from "../access/resource.ts";
import type { ErrorCode } from "../core/errors.ts";
import { failed, links, notApplicable, passed, unknown } from "./finding.ts";
import type { Diagnosis, Finding, Link } from "./finding.ts";
import { isOnItsWay, isSurelyAllowed } from "./impersonation-link.ts";
import { repairOf } from "./repair.ts";
import type { Seen } from "./seen.ts";
import { judgeSharing } from "./sharing-link.ts";

/** The first link that failed is the cause: whatever comes after it may be its consequence. */
const order: readonly Link[] = [
  "credentials",
  "network",
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
export async function concludeFrom(seen: Seen): Promise<Diagnosis> {
  const found = [...seen.findings.map((finding) => inHindsight(finding, seen)), judgePropagation(seen)];
  const cause = causeOf(found, seen);
  if (cause === undefined) return { findings: inOrder(found), verdict: verdictOfAnswer(seen) };
  const wanted = await repairOf(cause, seen);
  const { finding, repair } = await judgeSharing(seen, wanted);
  const findings = inOrder([...found, finding]);
  const isHindered = finding.outcome === "failed" ? `, and ${finding.detail}` : "";
  const verdict = `${verdictOf(cause, findings, seen)}${isHindered}.`;
  return { findings, cause, code: codeOf(cause, seen), verdict, ...(repair ? { repair } : {}) };
}

function inOrder(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((one, other) => links.indexOf(one.link) - links.indexOf(other.link));
}

/** What the answer to the request tells better than settings do. */
function inHindsight(finding: Finding, { live }: Seen): Finding {
  const isInside = finding.link === "ingress" && finding.outcome === "failed" && live?.by === "app";
  return isInside ? passed("ingress", "this call comes from where it takes traffic") : finding;
}

/** Source: IAM documentation, "Access change propagation". */
const howLong = "a change usually takes 2 minutes, sometimes 7 or more";

/** Since when a change is on its way, and how long it may take. */
function onItsWay(seen: Seen, resource: Resource | undefined, member: string | undefined): string {
  const { context, options } = seen.walk;
  const atMs = resource && member !== undefined ? options.grantedAt?.(resource, member) : undefined;
  if (atMs === undefined) return `since when is not known; ${howLong}`;
  const seconds = Math.max(0, Math.round((context.clock.nowMs() - atMs) / 1000));
  return `granted ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} ago; ${howLong}`;
}

function judgePropagation(seen: Seen): Finding {
  const { walk, live, effective, service, hops, caller } = seen;
  if (isOnItsWay(walk, hops)) {
    const last = hops.at(-1);
    const when = onItsWay(seen, last?.account, last?.member);
    return failed("propagation", `policies let the caller act as the account, IAM does not yet: ${when}`);
  }
  if (service?.invokerIamDisabled || (effective?.outcome !== "allowed" && live?.by !== "app")) {
    return notApplicable("propagation", "policies do not let the caller in");
  }
  if (effective?.outcome === "allowed" && live?.by === "app") {
    return passed("propagation", "what the policies say has arrived at the front end");
  }
  if (live?.by === "app") {
    return effective?.outcome === "none" || effective?.outcome === "denied"
      ? unknown("propagation", `policies do not let the caller in, the front end still does: ${howLong}`)
      : notApplicable("propagation", "the front end lets the caller in");
  }
  if (live?.by !== "google" || !live.withToken || live.status !== 403) {
    return notApplicable("propagation", "the request did not come so far");
  }
  const when = onItsWay(seen, service && { kind: "service", name: service.name }, caller);
  return isSurelyAllowed(effective)
    ? failed("propagation", `policies let the caller in, the front end does not yet: ${when}`)
    : unknown(
        "propagation",
        `the policies that could be read let the caller in: either that is on its way (${howLong}), or one that could not be read denies it`,
      );
}

function causeOf(findings: readonly Finding[], { live, walk }: Seen): Link | undefined {
  if (live?.by === "app") return undefined;
  const failures = new Set(findings.filter(({ outcome }) => outcome === "failed").map(({ link }) => link));
  if (failures.has("propagation")) return "propagation";
  if (walk.errors.get("credentials")?.code === "clock_skew") return "clock";
  // What is not certain about audiences is, once the front end has answered.
  const isRefusedToken = live?.by === "google" && live.status === 401 && live.withToken;
  if (isRefusedToken && findings.some(({ link, outcome }) => link === "audience" && outcome === "unknown")) {
    return "audience";
  }
  // A clock that is off does no harm but to tokens.
  const first = order.find((link) => failures.has(link) && (link !== "clock" || isRefusedToken));
  // Who may not look up the service cannot even be told where it is.
  return first ?? (!live && walk.errors.has("service") ? "service" : "call");
}

function verdictOfAnswer({ live }: Seen): string {
  const answer = `the app answered ${live?.status}`;
  const status = live?.status ?? 500;
  if (status < 400) return `The call works: ${answer}.`;
  // The front end says so too, in plain words, where no instance takes the request.
  const where = [429, 500, 503, 504].includes(status) ? "the app itself, its instances and its logs" : "the app itself";
  return `Google lets the call through; ${answer}, so look into ${where}.`;
}

function verdictOf(cause: Link, findings: readonly Finding[], { effective, live, caller, walk }: Seen): string {
  const isRefused = cause === "call" && live?.by === "google" && live.status === 403;
  if (isRefused && effective?.outcome === "allowed") {
    return `Google refuses ${caller ?? "the caller"}, although the policies that could be read let it in: they are on their way, or a deny policy that could not be read takes it`;
  }
  if (isRefused && live.withToken && effective?.outcome !== "none") {
    return `Google refuses ${caller ?? "the caller"}, most likely for want of run.routes.invoke: not all that decides it could be read`;
  }
  const because = findings.find(({ link, outcome }) => link === cause && outcome !== "passed")?.detail;
  const name = walk.errors.get(cause)?.code === "perimeter_refused" ? "VPC Service Controls" : nameOf(cause);
  return `The call fails because of ${name}: ${because ?? "no further evidence"}`;
}

function nameOf(cause: Link): string {
  return {
    credentials: "the credentials",
    network: "the network",
    clock: "the clock",
    service: "the service",
    address: "the address",
    ingress: "the ingress setting",
    IAP: "Identity-Aware Proxy",
    "invoker check": "the invoker check",
    impersonation: "the impersonation",
    token: "the token",
    audience: "the token's audience",
    policy: "IAM",
    "organisation policy": "an organisation policy",
    call: "the call itself",
    propagation: "the time that changes take",
  }[cause];
}

function codeOf(cause: Link, { walk, live }: Seen): ErrorCode {
  const error = walk.errors.get(cause);
  if (error) return error.code;
  if (cause === "clock") return walk.errors.get("credentials")?.code ?? "clock_skew";
  if (cause === "policy" || cause === "impersonation") return "permission_denied";
  if (cause === "call" && (live?.by === "nobody" || live?.by === "proxy")) return "google_unreachable";
  return "call_refused";
}
