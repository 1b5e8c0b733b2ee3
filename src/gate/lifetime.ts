import type { Claims } from "./claims.ts";
import type { TraceStep } from "./decision.ts";
import { failed, passed } from "./steps.ts";

/** Google's ID tokens live one hour; google-auth-library for Node.js takes nothing that lives longer than this. */
const longestLifetimeSeconds = 86_400;

const rule = "lifetime";
const within = passed(rule, "the token is within its lifetime", "expiry");

/**
 * Whether a token may be used now. Expiry is to the second. How far Cloud Run forgives an issuer's clock that is ahead is not
 * published.
 *
 * @param nowMs Milliseconds since the Unix epoch.
 * @param clockSkewMs How far `iat` and `nbf` may lie ahead, in milliseconds.
 */
export function judgeLifetime(claims: Claims, nowMs: number, clockSkewMs: number): TraceStep {
  const { issuedAt, expiresAt, notBefore = issuedAt } = claims;
  const nowSeconds = nowMs / 1000;
  if (expiresAt <= issuedAt) return failed(rule, "the token expires before it is issued", "lifetime-order");
  if (expiresAt - issuedAt > longestLifetimeSeconds) {
    return failed(rule, `the token lives longer than ${longestLifetimeSeconds} s`, "longest-lifetime");
  }
  if (expiresAt <= nowSeconds) {
    return failed(rule, `the token expired ${Math.floor(nowSeconds - expiresAt)} s ago`, "expiry");
  }
  const startsInSeconds = Math.max(issuedAt, notBefore) - nowSeconds;
  if (startsInSeconds * 1000 > clockSkewMs) {
    return failed(rule, `the token is valid only in ${Math.ceil(startsInSeconds)} s`, "clock-skew");
  }
  return within;
}
