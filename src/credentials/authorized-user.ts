import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import { decodeJwt } from "../google/id-token.ts";
import type { AuthorizedUserKey } from "../google/oauth.ts";
import type { Credential, FetchedIdToken } from "./credential.ts";
import { isFresh } from "./freshness.ts";
import type { StoredTokens } from "./gcloud-store.ts";
import { hold } from "./held-token.ts";
import type { Expiring } from "./held-token.ts";
import { readAccessToken } from "./token-answer.ts";
import { requestToken } from "./token-endpoint.ts";
import type { TokenParty } from "./token-party.ts";

/** A user's credential and how it was found. */
export interface AuthorizedUserOptions {
  readonly key: AuthorizedUserKey;
  readonly party: TokenParty;
  readonly fingerprint: string;
  /** E-mail, where known. */
  readonly principal?: string | undefined;
  /** Tokens that somebody else keeps of this credential. */
  readonly readStoredTokens?: (() => StoredTokens) | undefined;
}

/** What one refresh grant brings: both tokens at once. */
interface Grant extends Expiring {
  readonly accessToken: string;
  readonly idToken?: string;
}

/** A user, by the refresh token that `gcloud auth login` and the like leave behind. */
export function createAuthorizedUser(context: Context, options: AuthorizedUserOptions): Credential {
  const { key, party, principal, readStoredTokens = (): StoredTokens => ({}) } = options;
  const grant = hold(context.clock, async () => refresh(context, key, party));
  return {
    kind: "authorized_user",
    ...(principal === undefined ? {} : { principal, member: `user:${principal}` }),
    source: party.source,
    fingerprint: options.fingerprint,
    oauthClientId: key.client_id,
    ...(key.quota_project_id === undefined ? {} : { quotaProject: key.quota_project_id }),
    canChooseAudience: false,
    givesIdToken: true,
    givesAccessToken: true,
    accessToken: async ({ fresh = false } = {}) => {
      const { accessToken, expiresAtMs }: StoredTokens = fresh ? {} : readStoredTokens();
      if (accessToken !== undefined && expiresAtMs !== undefined && isFresh(expiresAtMs, context.clock.nowMs())) {
        return accessToken;
      }
      return (await grant(fresh)).accessToken;
    },
    idToken: async (audience, { fresh = false } = {}) => {
      if (audience !== undefined && audience !== key.client_id) throw audienceNotSupported(audience);
      const stored = fresh ? undefined : readStoredTokens().idToken;
      if (stored !== undefined && isOwnAndFresh(stored, key.client_id, context.clock.nowMs())) {
        return { token: stored, source: "gcloud" };
      }
      const { idToken } = await grant(fresh);
      if (idToken === undefined) throw noIdToken(party);
      return { token: idToken, source: "minted" } satisfies FetchedIdToken;
    },
  };
}

/** The refresh grant. Google adds an ID token where the user once granted `openid`. Sources: RFC 6749 §6; OpenID Connect Core 1.0 §12. */
async function refresh(context: Context, key: AuthorizedUserKey, party: TokenParty): Promise<Grant> {
  const { client_id, client_secret, refresh_token } = key;
  const form = new URLSearchParams({
    grant_type: "refresh_token",
    client_id,
    ...(client_secret === "" ? {} : { client_secret }),
    refresh_token,
  });
  const answer = await requestToken(context, party, form);
  const { token, expiresAtMs } = readAccessToken(context, party.tokenUrl, answer);
  const idToken = answer.id_token;
  return { accessToken: token, ...(typeof idToken === "string" ? { idToken } : {}), expiresAtMs };
}

function isOwnAndFresh(idToken: string, clientId: string, nowMs: number): boolean {
  const { aud, exp } = decodeJwt(idToken)?.payload ?? {};
  return aud === clientId && typeof exp === "number" && isFresh(exp * 1000, nowMs);
}

function audienceNotSupported(audience: string): RunpassError {
  return new RunpassError({
    code: "audience_not_supported",
    message: `A user's ID token cannot be for ${JSON.stringify(audience)}`,
    why: "Google issues ID tokens of users for the OAuth client they logged in with, and for no other audience",
    fix: "Impersonate a service account, which can have any audience: --as SERVICE_ACCOUNT",
  });
}

function noIdToken({ source }: TokenParty): RunpassError {
  return new RunpassError({
    code: "scope_missing",
    message: `Google gives no ID token for ${source}`,
    why: "the login was made without the scope openid",
    fix: "Log in again: gcloud auth login (or gcloud auth application-default login)",
  });
}
