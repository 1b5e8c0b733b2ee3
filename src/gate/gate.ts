import type { Clock } from "../core/clock.ts";
import { adcClientId, gcloudClientId } from "../google/oauth.ts";
import type { AccessOptions } from "./access.ts";
import { judgeAudience } from "./audience.ts";
import type { AudienceOptions } from "./audience.ts";
import { signatureRemoved, withoutSignatures } from "./backend-headers.ts";
import { readCredential } from "./credential.ts";
import type { CredentialHeader } from "./credential.ts";
import type { GateDecision, GateRequest, TraceStep } from "./decision.ts";
import { judgeLifetime } from "./lifetime.ts";
import { createInvokeCheck } from "./may-invoke.ts";
import { forbiddenPage, notFoundPage, unauthorizedPage } from "./pages.ts";
import { judgePrincipal } from "./principal.ts";
import type { PrincipalOptions } from "./principal.ts";
import { judgeReach } from "./reach.ts";
import { failed, passed, quote, skipped } from "./steps.ts";
import { createTokenVerifier } from "./token-cache.ts";
import type { GateService, GateView, Principal } from "./view.ts";

export type { AccessOptions } from "./access.ts";
export type { AudienceOptions } from "./audience.ts";
export type { Admission, GateDecision, GateRequest, Refusal, TraceStep } from "./decision.ts";
export type { Fact, FactName, Grade, SwitchName } from "./facts.ts";
export { facts } from "./facts.ts";
export { loadConditions } from "./condition.ts";
export type { FederatedPrincipal, GateService, GateView, PolicyLevel, Principal, ResourceTag } from "./view.ts";

/** Switches for what Google does not publish. */
export interface GateOptions extends AudienceOptions, AccessOptions, PrincipalOptions {
  /** How far `iat` and `nbf` may lie ahead of the clock, in milliseconds. Expiry is to the second. Default 5,000. */
  readonly clockSkewMs?: number;
}

/** What a Cloud Run front end does with a request. */
export interface Gate {
  /** Never throws, whatever the request holds. The last step of a refusal is its reason. */
  decide(request: GateRequest): GateDecision;
}

/** Who calls: nobody said, somebody who cannot be verified, or a principal. */
interface Caller {
  readonly kind: "anonymous" | "unverified" | "verified";
  readonly principal?: Principal;
  readonly header?: CredentialHeader;
  readonly audience?: string;
}

const anonymous: Caller = { kind: "anonymous" };
const unverified: Caller = { kind: "unverified" };
const checkDisabled = skipped(
  "invoker check",
  "the service has its invoker check disabled: everyone may call it",
  "invoker-check-disabled",
);
const signatureStands = passed("token", "Google signed the token, and its claims are those of an ID token", "token");

/**
 * Makes the gate of every service that `view` knows: which requests reach a private Cloud Run service, and what the others get.
 * The rules in order: host, reserved path, ingress, default address, invoker check, credential, token, lifetime, audience,
 * principal, deny policies, permission. They hold for every method, OPTIONS too. Verified tokens and answers of IAM are kept while
 * `view.revision` stands; the time is asked on every request. Where policies have conditions, {@link loadConditions} comes first:
 * until then no condition can be evaluated.
 *
 * @throws {TypeError} for a clock skew that is no duration.
 * @example
 * const gate = createGate(view, systemClock);
 * const decision = gate.decide({ method: "GET", host: "web-123456789012.us-central1.run.app", path: "/", rawHeaders: [] });
 * if (!decision.allowed) console.log(decision.status, decision.steps.at(-1)?.detail);
 */
export function createGate(view: GateView, clock: Clock, options: GateOptions = {}): Gate {
  const { clockSkewMs = 5000, ...audienceOptions } = options;
  if (!Number.isFinite(clockSkewMs) || clockSkewMs < 0) throw new TypeError("clockSkewMs must be a duration");
  const verifyToken = createTokenVerifier(view);
  const judgeInvoke = createInvokeCheck(view, clock, options);

  /** Adds its steps to `steps`. */
  function identify(request: GateRequest, service: GateService, steps: TraceStep[]): Caller {
    const credential = readCredential(request.rawHeaders);
    steps.push(credential.step);
    if (credential.kind !== "token") return credential.kind === "none" ? anonymous : unverified;
    const token = verifyToken(credential.token);
    if (typeof token === "string") {
      steps.push(failed("token", token, "token"));
      return unverified;
    }
    steps.push(signatureStands);
    const { claims } = token;
    const lifetime = judgeLifetime(claims, clock.nowMs(), clockSkewMs);
    steps.push(lifetime);
    if (lifetime.outcome === "failed") return unverified;
    const principal = view.principalBySubject(claims.subject);
    const audience = judgeAudience(claims.audience, service, principal, request.host, audienceOptions);
    steps.push(audience);
    if (audience.outcome === "failed") return unverified;
    const active = judgePrincipal(claims, principal, options);
    steps.push(active);
    if (!principal || active.outcome === "failed") return unverified;
    return { kind: "verified", principal, header: credential.header, audience: claims.audience };
  }

  return {
    decide(request) {
      const { host, path } = request;
      const service = view.serviceByHost(host);
      if (!service) {
        const step = failed("host", `no service is at ${quote(host)}`, "unknown-host");
        return { allowed: false, ...notFoundPage(path), steps: [step] };
      }
      const steps = judgeReach(service, request);
      if (steps.at(-1)?.outcome === "failed") return { allowed: false, ...notFoundPage(path), service, steps };
      if (service.invokerIamDisabled) {
        steps.push(checkDisabled);
        return admit(request, service, steps);
      }
      const caller = identify(request, service, steps);
      const permission = judgeInvoke(service, caller.principal);
      const isAllowed = permission.outcome === "passed";
      // A public service gets every request, whatever its credential: its own users' tokens come in the same header.
      if (!isAllowed && caller.kind === "unverified") {
        return { allowed: false, ...unauthorizedPage(path), service, steps };
      }
      steps.push(permission);
      return isAllowed
        ? admit(request, service, steps, caller)
        : { allowed: false, ...forbiddenPage(path), service, ...who(caller), steps };
    },
  };
}

function admit(request: GateRequest, service: GateService, steps: TraceStep[], caller?: Caller): GateDecision {
  // A token for gcloud's client is good for every service: whoever gets it could call others with it.
  const isForEveryService = caller?.audience === gcloudClientId || caller?.audience === adcClientId;
  const rawHeaders = withoutSignatures(request.rawHeaders, caller?.header === "authorization" && isForEveryService);
  if (rawHeaders !== request.rawHeaders) steps.push(signatureRemoved);
  const { principal } = caller ?? anonymous;
  return principal
    ? { allowed: true, service, principal, rawHeaders, steps }
    : { allowed: true, service, rawHeaders, steps };
}

function who(caller: Caller | undefined): { principal?: Principal } {
  return caller?.principal ? { principal: caller.principal } : {};
}
