import type { KeyObject } from "node:crypto";
import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import { cloudPlatformScope, jwtBearerGrant, tokenUrl } from "../google/oauth.ts";
import type { ServiceAccountKey, TokenResponse } from "../google/oauth.ts";
import type { Credential } from "./credential.ts";
import { audienceMissing } from "./audience-missing.ts";
import { hold } from "./held-token.ts";
import type { AccessToken } from "./held-token.ts";
import { readAccessToken } from "./token-answer.ts";
import { requestToken } from "./token-endpoint.ts";
import type { TokenParty } from "./token-party.ts";

/** The longest that Google takes. */
const lifetimeSeconds = 3600;

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
  const answer = await exchange(context, key, party, { scope: cloudPlatformScope });
  return readAccessToken(context, party.tokenUrl, answer);
}

async function fetchIdToken(
  context: Context,
  key: ServiceAccountKey,
  party: TokenParty,
  audience: string,
): Promise<string> {
  const { id_token: token } = await exchange(context, key, party, { target_audience: audience });
  if (typeof token !== "string") throw withoutToken(party);
  return token;
}

/** Trades a signed assertion for a token. Sources: RFC 7523 §2.1; Google, "Using OAuth 2.0 for server to server applications". */
async function exchange(
  context: Context,
  key: ServiceAccountKey,
  party: TokenParty,
  asked: Readonly<Record<string, string>>,
): Promise<TokenResponse> {
  const nowSeconds = Math.floor(context.clock.nowMs() / 1000);
  const claims = {
    iss: key.client_email,
    aud: tokenUrl, // always Google's own, wherever it is sent
    iat: nowSeconds,
    exp: nowSeconds + lifetimeSeconds,
    ...asked,
  };
  const assertion = await signJwt(key, party, claims);
  return requestToken(context, party, new URLSearchParams({ grant_type: jwtBearerGrant, assertion }));
}

/** RS256: RFC 7518 §3.3. */
async function signJwt(key: ServiceAccountKey, party: TokenParty, claims: object): Promise<string> {
  const { sign } = await import("node:crypto"); // takes too long to load for a key that is only looked at
  const header = { alg: "RS256", typ: "JWT", ...(key.private_key_id ? { kid: key.private_key_id } : {}) };
  const content = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  const signature = sign("sha256", Buffer.from(content), await readRsaKey(key.private_key, party));
  return `${content}.${signature.toString("base64url")}`;
}

/** Said here, as OpenSSL's words help nobody. */
async function readRsaKey(pem: string, { source }: TokenParty): Promise<KeyObject> {
  const { createPrivateKey } = await import("node:crypto");
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === "rsa") return key;
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

function withoutToken(party: TokenParty): RunpassError {
  return new RunpassError({
    code: "google_unreachable",
    message: `${new URL(party.tokenUrl).host} answered without a token`,
    fix: "Run the command again",
  });
}
