import type { JWT } from "google-auth-library";
import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import { cloudPlatformScope } from "../google/oauth.ts";
import type { ServiceAccountKey } from "../google/oauth.ts";
import type { Credential } from "./credential.ts";
import { audienceMissing } from "./audience-missing.ts";
import { clientOptions } from "./google-auth.ts";
import { hold } from "./held-token.ts";
import type { AccessToken } from "./held-token.ts";
import type { TokenParty } from "./token-endpoint.ts";

/** A service account's key and how it was found. */
export interface ServiceAccountKeyOptions {
  readonly key: ServiceAccountKey;
  readonly party: TokenParty;
  readonly fingerprint: string;
}

/** A service account, by its key: signed assertions are exchanged for tokens. Source: RFC 7523; Google's `target_audience`. */
export function createServiceAccount(context: Context, options: ServiceAccountKeyOptions): Credential {
  const { key, party } = options;
  const held = hold(context.clock, async () => fetchAccessToken(context, key, party));
  return {
    kind: "service_account",
    principal: key.client_email,
    member: `serviceAccount:${key.client_email}`,
    source: party.source,
    fingerprint: options.fingerprint,
    canChooseAudience: true,
    givesIdToken: true,
    givesAccessToken: true,
    accessToken: async ({ fresh = false } = {}) => (await held(fresh)).token,
    idToken: async (audience) => {
      if (audience === undefined) throw audienceMissing();
      return { token: await fetchIdToken(context, key, party, audience), source: "minted" };
    },
  };
}

async function fetchAccessToken(context: Context, key: ServiceAccountKey, party: TokenParty): Promise<AccessToken> {
  const client = await createClient(context, key, party, [cloudPlatformScope]);
  const { access_token: token, expiry_date: expiryDate } = await client.authorize();
  if (typeof token !== "string") throw withoutToken(party);
  // The library reckons with the machine's clock; ours may be another.
  const lifetimeMs = typeof expiryDate === "number" ? expiryDate - Date.now() : 0;
  return { token, expiresAtMs: context.clock.nowMs() + lifetimeMs };
}

async function fetchIdToken(
  context: Context,
  key: ServiceAccountKey,
  party: TokenParty,
  audience: string,
): Promise<string> {
  const client = await createClient(context, key, party);
  try {
    return await client.fetchIdToken(audience);
  } catch (error) {
    throw error instanceof RunpassError ? error : withoutToken(party);
  }
}

async function createClient(
  context: Context,
  key: ServiceAccountKey,
  party: TokenParty,
  scopes?: string[],
): Promise<JWT> {
  await requireRsaKey(key.private_key, party);
  const { JWT } = await import("google-auth-library");
  return new JWT({
    email: key.client_email,
    key: key.private_key,
    ...(scopes === undefined ? {} : { scopes }),
    ...clientOptions(context, party),
  });
}

/** Found here, as the library would answer in OpenSSL's words, which help nobody. */
async function requireRsaKey(pem: string, { source }: TokenParty): Promise<void> {
  const { createPrivateKey } = await import("node:crypto"); // takes too long to load for a key that is only looked at
  try {
    if (createPrivateKey(pem).asymmetricKeyType === "rsa") return;
  } catch {
    // no key at all: the error below says so
  }
  throw new RunpassError({
    code: "credentials_invalid",
    message: `The private key in ${source} cannot be used`,
    why: "it is no RSA key in PEM, or it was damaged on its way",
    fix: "Take the key file as Google handed it out, or impersonate the account: --as SERVICE_ACCOUNT",
  });
}

function withoutToken({ tokenUrl }: TokenParty): RunpassError {
  return new RunpassError({
    code: "google_unreachable",
    message: `${new URL(tokenUrl).host} answered without a token`,
    fix: "Run the command again",
  });
}
