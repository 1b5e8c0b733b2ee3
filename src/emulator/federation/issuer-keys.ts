import type { JsonWebKey } from "node:crypto";
import { googleIssuer } from "../../google/id-token.ts";
import { OAuthFailure } from "../api/oauth-form.ts";
import type { ProviderRecord } from "./records.ts";
import type { State } from "../state/state.ts";
import { testIssuer, testIssuerKeys } from "./test-issuer.ts";

/** How long an issuer may take for one of its two documents, in milliseconds. */
const timeoutMs = 10_000;

/**
 * The keys by which a provider's tokens are verified: those it was described with, the emulator's own where it is the issuer, as
 * Google or for tests, or what the issuer publishes. They are fetched at each exchange, so that a new key counts at once.
 *
 * @throws {OAuthFailure} `invalid_grant` when the issuer cannot be asked.
 */
export async function findIssuerKeys(state: State, { issuer, keys }: ProviderRecord): Promise<readonly JsonWebKey[]> {
  if (keys) return keys;
  if (issuer === testIssuer) return testIssuerKeys();
  if (issuer === googleIssuer) {
    return (await state.keys.list()).map(({ kid, publicKey }) => ({ ...publicKey.export({ format: "jwk" }), kid }));
  }
  const discovery = await fetchObject(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  // OpenID Connect Discovery 1.0 §4.3.
  if (discovery["issuer"] !== issuer || typeof discovery["jwks_uri"] !== "string") throw unreachable();
  const { keys: published } = await fetchObject(discovery["jwks_uri"]);
  if (!Array.isArray(published)) throw unreachable();
  return published.filter((key): key is JsonWebKey => typeof key === "object" && key !== null);
}

/** An address from which keys are taken: whoever answers there vouches for everybody. In clear only on this machine. */
export function isIssuerUrl(text: string): boolean {
  const url = URL.parse(text);
  if (!url || url.search !== "" || url.hash !== "" || url.username !== "") return false;
  return (
    url.protocol === "https:" || (url.protocol === "http:" && /^(?:127\.0\.0\.1|localhost|\[::1\])$/.test(url.hostname))
  );
}

async function fetchObject(address: string): Promise<Readonly<Record<string, unknown>>> {
  if (!isIssuerUrl(address)) throw unreachable();
  try {
    const response = await fetch(address, { redirect: "error", signal: AbortSignal.timeout(timeoutMs) });
    const value: unknown = response.ok ? await response.json() : undefined;
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // said below, in Google's words
  }
  throw unreachable();
}

function unreachable(): OAuthFailure {
  return new OAuthFailure("invalid_grant", "Error connecting to the given credential's issuer.");
}
