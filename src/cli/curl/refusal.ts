import { adcClientId, gcloudClientId } from "../../google/oauth.ts";
import { decodeJwt } from "../../google/id-token.ts";
import { memberOfEmail } from "../../access/member.ts";
import { shellQuote } from "../../access/gcloud-lines.ts";

/** What is known of a call that was refused. */
export interface RefusedCall {
  /** The service as the user named it, without a path. */
  readonly label: string;
  /** What the token should have been made out to, where that is known. */
  readonly audience?: string | undefined;
  /** The impersonated account, if any. */
  readonly asAccount?: string | undefined;
  readonly idToken: string;
  /** Seconds since the Unix epoch. */
  readonly nowSeconds: number;
}

/** Two lines for the person who called: what was refused and why, and the next command. */
export function explainRefusal(status: number, call: RefusedCall): readonly [string, string] {
  const payload = decodeJwt(call.idToken)?.payload ?? {};
  const principal = principalOf(payload, call.asAccount);
  const audience = typeof payload["aud"] === "string" ? payload["aud"] : "none";
  const token = `token of ${principal} for audience ${audienceName(audience)}`;
  if (status === 403) {
    return [
      `Google refused the call (403): ${principal} lacks run.routes.invoke on ${call.label} (${token}).`,
      `To allow it: ${grantLine(call)} (a new grant can take some minutes to count)`,
    ];
  }
  if (status === 404) {
    return [
      `Google's front end answered 404 itself: no service at this address, or its ingress does not let this network in (${token}).`,
      "See which: runpass doctor",
    ];
  }
  return [
    `Google refused the call (401): ${whyUnverified(payload, audience, call)} (${token}).`,
    nextAfter401(payload, audience, call),
  ];
}

function whyUnverified(payload: Record<string, unknown>, audience: string, call: RefusedCall): string {
  if (isExpired(payload, call)) return "the token has expired";
  if (audience === adcClientId) return "Cloud Run may not take tokens of Application Default Credentials' own client";
  if (isForeignAudience(audience, call)) return `the token is made out to another audience than ${call.audience}`;
  return "it could not verify the token";
}

function nextAfter401(payload: Record<string, unknown>, audience: string, call: RefusedCall): string {
  const target = shellQuote(call.label);
  if (isExpired(payload, call)) return `Check this machine's clock, then: runpass curl --no-cache ${target}`;
  if (audience === adcClientId)
    return `Use gcloud's own login: gcloud auth login, then: runpass curl --credentials gcloud ${target}`;
  if (isForeignAudience(audience, call)) return `Leave out --audience: runpass curl ${target}`;
  return "See why: runpass doctor";
}

function isExpired(payload: Record<string, unknown>, { nowSeconds }: RefusedCall): boolean {
  return typeof payload["exp"] === "number" && payload["exp"] <= nowSeconds;
}

function isForeignAudience(audience: string, call: RefusedCall): boolean {
  return call.audience !== undefined && audience !== gcloudClientId && audience.replace(/\/$/, "") !== call.audience;
}

function grantLine({ label, asAccount }: RefusedCall): string {
  return `runpass grant ${shellQuote(label)}${asAccount === undefined ? "" : ` --as ${shellQuote(asAccount)}`}`;
}

/** Tokens of impersonated accounts come without an e-mail; `sub` is the last resort. */
function principalOf(payload: Record<string, unknown>, asAccount: string | undefined): string {
  if (asAccount !== undefined) return memberOfEmail(asAccount);
  if (typeof payload["email"] === "string") return memberOfEmail(payload["email"]);
  return typeof payload["sub"] === "string" ? `the principal ${payload["sub"]}` : "an unknown principal";
}

function audienceName(audience: string): string {
  if (audience === gcloudClientId) return "of gcloud's own";
  return audience === adcClientId ? "of Application Default Credentials" : audience;
}
