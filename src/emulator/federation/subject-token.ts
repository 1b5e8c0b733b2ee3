import { createPublicKey, verify } from "node:crypto";
import type { JsonWebKey, KeyObject } from "node:crypto";
import { decodeJwt } from "../../google/id-token.ts";
import { providerAudience } from "../../google/identity-pool.ts";
import { OAuthFailure } from "../api/oauth-form.ts";
import type { ProviderRecord } from "./records.ts";
import type { State } from "../state/state.ts";
import { findIssuerKeys } from "./issuer-keys.ts";

/** Claims of a subject token that has been verified. */
export type SubjectClaims = Readonly<Record<string, unknown>>;

/** The longest that a subject token may live. Source: IAM documentation, "Configure workload identity federation" (newer pages say 24 hours). */
const maxLifetimeSeconds = 48 * 3600;
/** How far clocks may differ. Unpublished. */
const clockSkewSeconds = 60;

/**
 * Verifies a subject token of OpenID Connect: form, algorithm, issuer, key, signature, audience and times. Nothing of the token is
 * in the texts, most of which are guesses: Google's own are not published.
 * Source: IAM documentation, "Configure workload identity federation", "Prepare your external identity provider".
 *
 * @throws {OAuthFailure} `invalid_grant`.
 */
export async function verifySubjectToken(
  state: State,
  provider: ProviderRecord,
  token: string,
): Promise<SubjectClaims> {
  const jwt = decodeJwt(token);
  if (!jwt) throw invalid("Unable to parse the ID Token.");
  const { header, payload } = jwt;
  const { alg, kid, crit } = header;
  if ((alg !== "RS256" && alg !== "ES256") || crit !== undefined) {
    throw invalid("The ID Token must be signed with RS256 or ES256.");
  }
  if (payload["iss"] !== provider.issuer) {
    throw invalid(`The issuer in ID Token does not match the expected ones: ${provider.issuer}.`);
  }
  const keys = (await findIssuerKeys(state, provider)).filter((key) => kid === undefined || key["kid"] === kid);
  if (!keys.some((key) => isSignedBy(token, alg, key))) throw invalid("Invalid signature of the ID Token.");
  checkAudience(provider, payload["aud"]);
  checkTimes(payload, state.clock.nowMs() / 1000);
  if (typeof payload["sub"] !== "string" || payload["sub"] === "") throw invalid("The ID Token has no sub.");
  return payload;
}

function isSignedBy(token: string, alg: "RS256" | "ES256", jwk: JsonWebKey): boolean {
  const key = readKey(jwk, alg);
  if (!key) return false;
  const lastDot = token.lastIndexOf(".");
  const content = Buffer.from(token.slice(0, lastDot));
  const signature = Buffer.from(token.slice(lastDot + 1), "base64url");
  return alg === "RS256"
    ? verify("RSA-SHA256", content, key, signature)
    : verify("sha256", content, { key, dsaEncoding: "ieee-p1363" }, signature);
}

/** A key that fits the algorithm: an attacker who may choose the algorithm must not choose what a key is used for. RFC 8725 §3.1. */
function readKey(jwk: JsonWebKey, alg: "RS256" | "ES256"): KeyObject | undefined {
  const isOther = jwk["alg"] !== undefined && jwk["alg"] !== alg;
  if (isOther || jwk.kty !== (alg === "RS256" ? "RSA" : "EC")) return undefined;
  if (alg === "ES256" && jwk.crv !== "P-256") return undefined;
  try {
    const key = createPublicKey({ key: jwk, format: "jwk" });
    return alg === "ES256" || (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048 ? key : undefined;
  } catch {
    return undefined; // no key: it verifies nothing
  }
}

function checkAudience({ name, allowedAudiences }: ProviderRecord, aud: unknown): void {
  const own = providerAudience(name);
  const allowed = allowedAudiences.length > 0 ? allowedAudiences : [own, `https:${own}`];
  const audiences: readonly unknown[] = Array.isArray(aud) ? (aud as unknown[]) : [aud];
  if (audiences.some((audience) => typeof audience === "string" && allowed.includes(audience))) return;
  throw invalid(`The audience in ID Token does not match the expected audience ${allowed.at(-1)}.`);
}

function checkTimes({ iat, exp, nbf = 0 }: SubjectClaims, now: number): void {
  if (typeof iat !== "number" || typeof exp !== "number" || typeof nbf !== "number") {
    throw invalid("The ID Token needs iat and exp.");
  }
  if (!(exp > now)) throw invalid(`ID Token issued at ${iat} is stale to sign-in.`);
  if (!(iat <= now + clockSkewSeconds && nbf <= now + clockSkewSeconds))
    throw invalid("The ID Token is not valid yet.");
  if (!(exp - iat <= maxLifetimeSeconds)) throw invalid("The ID Token lives longer than 48 hours.");
}

function invalid(description: string): OAuthFailure {
  return new OAuthFailure("invalid_grant", description);
}
