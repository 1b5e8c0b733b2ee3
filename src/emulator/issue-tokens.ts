import { createHash, randomBytes, sign } from "node:crypto";
import type { IdTokenClaims } from "../google/id-token.ts";
import { googleIssuer } from "../google/id-token.ts";
import { emailScope } from "../google/oauth.ts";
import { accessTokenKind } from "./state/oauth-records.ts";
import type { FederatedIdentity } from "./federation/records.ts";
import type { AccountRecord, UserRecord } from "./state/records.ts";
import type { State } from "./state/state.ts";

/** How long tokens live, in seconds, unless a shorter life was asked for. */
export const tokenLifetimeSeconds = 3600;

/** Signs claims as Google does: RS256, with the first of its keys. */
async function signIdToken(state: State, claims: Omit<IdTokenClaims, "iss" | "iat" | "exp">): Promise<string> {
  if (state.chance.rotatesKey()) await state.keys.rotate(0);
  const [key] = await state.keys.list();
  if (!key) throw new TypeError("there is no signing key");
  const iat = Math.floor(state.clock.nowMs() / 1000);
  const header = { alg: "RS256", kid: key.kid, typ: "JWT" };
  const payload = { iss: googleIssuer, ...claims, iat, exp: iat + tokenLifetimeSeconds };
  const content = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${content}.${sign("RSA-SHA256", Buffer.from(content), key.privateKey).toString("base64url")}`;
}

/** A user's ID token: its audience is the OAuth client, whatever was asked for; the e-mail is in it where the scopes say so. */
export function issueUserIdToken(
  state: State,
  user: UserRecord,
  token: {
    readonly clientId: string;
    readonly accessToken: string;
    readonly scopes: readonly string[];
    readonly nonce?: string;
  },
): Promise<string> {
  const { clientId, accessToken, scopes, nonce } = token;
  const domain = user.email.split("@")[1];
  const digest = createHash("sha256").update(accessToken).digest();
  return signIdToken(state, {
    azp: clientId,
    aud: clientId,
    sub: user.subject,
    // Only Workspace users have one.
    ...(domain === undefined || domain === "gmail.com" ? {} : { hd: domain }),
    ...(scopes.includes(emailScope) ? { email: user.email, email_verified: true } : {}),
    at_hash: digest.subarray(0, 16).toString("base64url"),
    ...(nonce === undefined ? {} : { nonce }),
  });
}

/** A service account's ID token for an audience. */
export function issueAccountIdToken(
  state: State,
  account: AccountRecord,
  options: {
    readonly audience: string;
    readonly includeEmail: boolean;
    readonly emailAsAzp: boolean;
    readonly google?: unknown;
  },
): Promise<string> {
  return signIdToken(state, {
    aud: options.audience,
    azp: options.emailAsAzp ? account.email : account.uniqueId,
    ...(options.includeEmail ? { email: account.email, email_verified: true } : {}),
    ...(options.google === undefined ? {} : { google: options.google }),
    sub: account.uniqueId,
  });
}

/** An access token: opaque, with what it stands for in the store. */
export async function issueAccessToken(
  state: State,
  token: {
    readonly subject: string;
    readonly clientId: string;
    readonly scopes: readonly string[];
    readonly lifetimeSeconds?: number;
    /** The refresh token that it goes with. */
    readonly grant?: string;
    /** What it begins with: Google's own differ by where they come from. */
    readonly prefix?: string;
    /** Who holds it, where that is somebody of an identity pool. */
    readonly identity?: FederatedIdentity;
  },
): Promise<{ readonly accessToken: string; readonly expiresAtMs: number }> {
  const {
    subject,
    clientId,
    scopes,
    grant,
    identity,
    lifetimeSeconds = tokenLifetimeSeconds,
    prefix = "ya29.a0",
  } = token;
  const accessToken = `${prefix}${randomBytes(96).toString("base64url")}`;
  const expiresAtMs = state.clock.nowMs() + lifetimeSeconds * 1000;
  const written = state.store.put(accessTokenKind, accessToken, {
    subject,
    clientId,
    scopes,
    expiresAtMs,
    ...(grant === undefined ? {} : { grant }),
    ...(identity ? { identity } : {}),
  });
  forgetExpired(state);
  await written;
  return { accessToken, expiresAtMs };
}

/** How long an expired token is kept, so that whoever still has it is told that it has expired, and not that it is none. */
const keptMs = 24 * 3_600_000;

/** Forgets tokens that ended long ago, every so many writes, so that issuing one stays cheap. */
function forgetExpired({ store, clock }: State): void {
  if (store.revision(accessTokenKind) % 64 !== 0) return;
  for (const [token, { expiresAtMs }] of store.entries(accessTokenKind)) {
    if (expiresAtMs + keptMs < clock.nowMs()) void store.delete(accessTokenKind, token);
  }
}

/** A refresh token that nobody has yet. */
export function newRefreshToken(): string {
  return `1//emulator-${randomBytes(32).toString("base64url")}`;
}
