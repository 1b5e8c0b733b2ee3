import type { JSONWebKeySet } from "jose";
import type { Answer, Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import { describeNetworkFailure } from "../google/call.ts";
import { decodeJwt, googleIssuers, googleKeysUrl } from "../google/id-token.ts";
import { gcloudClientId } from "../google/oauth.ts";
import * as refusal from "./verification-error.ts";

/** How far a token's `iat` may lie ahead: machines' clocks differ. Source: google-auth-library for Node.js. */
const clockSkewMs = 300_000;

/** An ID token that Google signed, and that is within its lifetime. */
export interface VerifiedToken {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface VerifyOptions {
  /** The token must be for one of these, to the letter. Default: any audience will do. */
  readonly audiences?: readonly string[] | undefined;
}

/**
 * Checks an ID token: issuer, signature by one of Google's keys of today, lifetime, audience. The keys are fetched each time, by
 * the context's `fetch`: in an emulator's environment they are the emulator's.
 *
 * @throws {RunpassError} one sentence for each thing that can be wrong: `token_malformed`, `token_untrusted`, `token_expired`,
 * `clock_skew`, `audience_mismatch`; `google_unreachable` where the keys cannot be had.
 */
export async function verifyIdToken(
  context: Context,
  token: string,
  { audiences }: VerifyOptions = {},
): Promise<VerifiedToken> {
  const decoded = decodeJwt(token);
  if (!decoded) throw refusal.malformed(token);
  const { iss } = decoded.payload;
  if (typeof iss !== "string" || !googleIssuers.includes(iss)) throw refusal.foreignIssuer(iss);
  if (decoded.header["alg"] !== "RS256") throw refusal.otherAlgorithm(decoded.header["alg"]);
  if (token.endsWith(".SIGNATURE_REMOVED_BY_GOOGLE")) throw refusal.signatureRemoved();
  await checkSignature(token, decoded.header["kid"], await fetchKeys(context));
  checkLifetime(decoded.payload, context.clock.nowMs());
  const { aud } = decoded.payload;
  if (audiences !== undefined && (typeof aud !== "string" || !audiences.includes(aud))) {
    throw refusal.otherAudience(aud, audiences, aud === gcloudClientId);
  }
  return decoded;
}

async function checkSignature(token: string, kid: unknown, keys: JSONWebKeySet): Promise<void> {
  const { compactVerify, createLocalJWKSet, errors } = await import("jose");
  try {
    await compactVerify(token, createLocalJWKSet(keys), { algorithms: ["RS256"] });
  } catch (error) {
    const knowsEmulator = keys.keys.some((key) => key.kid?.startsWith("emulator-"));
    if (error instanceof errors.JWKSNoMatchingKey) throw refusal.unknownKey(kid, knowsEmulator);
    if (error instanceof errors.JOSEError) throw refusal.wrongSignature(kid);
    throw error;
  }
}

function checkLifetime({ iat, exp, nbf = iat }: Readonly<Record<string, unknown>>, nowMs: number): void {
  if (![iat, exp, nbf].every(Number.isFinite)) throw refusal.withoutTimes();
  const expiresAtMs = Number(exp) * 1000;
  const validFromMs = Math.max(Number(iat), Number(nbf)) * 1000;
  if (expiresAtMs <= nowMs) throw refusal.expired(expiresAtMs, nowMs);
  if (validFromMs > nowMs + clockSkewMs) throw refusal.notYetValid(validFromMs, nowMs);
}

async function fetchKeys({ fetch, signal }: Context): Promise<JSONWebKeySet> {
  const { host } = new URL(googleKeysUrl);
  const unreachable = (why: string, cause?: unknown): RunpassError =>
    new RunpassError({
      code: "google_unreachable",
      message: `Google's keys cannot be had from ${host}`,
      why,
      fix: "Check the network and HTTPS_PROXY, then run the command again.",
      cause,
    });
  let response: Answer;
  let body: unknown;
  try {
    response = await fetch(googleKeysUrl, signal ? { signal } : {});
    body = response.ok ? await response.json() : undefined;
  } catch (cause) {
    throw unreachable(describeNetworkFailure(cause), cause);
  }
  if (isKeySet(body)) return body;
  throw unreachable(response.ok ? "what it answers is no set of keys" : `it answered ${response.status}`);
}

function isKeySet(value: unknown): value is JSONWebKeySet {
  return typeof value === "object" && value !== null && "keys" in value && Array.isArray(value.keys);
}
