import { adcClientId, gcloudClientId } from "../../google/oauth.ts";
import { decodeJwt } from "../../google/id-token.ts";
import { memberOfEmail } from "../../access/member.ts";
import { shellQuote } from "../../access/gcloud-lines.ts";
import type { ResponseHead } from "./response-headers.ts";

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

/**
 * Whether an answer is a refusal by Google's front end and not the app's own. Only headers are looked at: the body is the user's.
 * A 401 names the token's failure in `www-authenticate`; 403 and 404 are told by the front end's page: its type, its server and,
 * for 403, its length, which follows from the path.
 *
 * @param pathBytes length of path and query at most.
 */
export function isGoogleRefusal({ status, headers }: ResponseHead, pathBytes: number): boolean {
  if (status === 401)
    return /error="invalid_token".*The access token could not be verified/.test(headers.get("www-authenticate") ?? "");
  if (status !== 403 && status !== 404) return false;
  // A container's answers carry the trace that Cloud Run began for them.
  if (headers.has("x-cloud-trace-context") || headers.has("www-authenticate") || headers.has("set-cookie"))
    return false;
  if (!/^text\/html; *charset=utf-8$/i.test(headers.get("content-type") ?? "")) return false;
  if (status === 404)
    return headers.get("server") === "Google Frontend" || headers.get("referrer-policy") === "no-referrer";
  return headers.get("server") === "Google Frontend" && hasLengthOfPage(headers, pathBytes);
}

const forbiddenPageBytes = 293;

/** The page repeats the path, escaped for HTML in a way that is not published: each letter can take up to six bytes. */
function hasLengthOfPage(headers: ReadonlyMap<string, string>, pathBytes: number): boolean {
  const length = Number(headers.get("content-length") ?? Number.NaN);
  if (Number.isNaN(length) || headers.has("content-encoding")) return true;
  const shown = length - forbiddenPageBytes;
  return shown >= 1 && shown <= Math.max(1, pathBytes) * 6 + 2;
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
      `See which: gcloud run services describe SERVICE --format 'yaml(status.url, metadata.annotations)'`,
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
  return "See which identity and token are in use: runpass whoami --explain";
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
