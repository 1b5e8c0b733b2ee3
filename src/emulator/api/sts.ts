import { parseProviderAudience } from "../../google/identity-pool.ts";
import { tokenExchangeGrant, tokenTypes } from "../../google/sts.ts";
import type { ExchangedToken } from "../../google/sts.ts";
import { mapAttributes } from "../federation/map-attributes.ts";
import { verifySubjectToken } from "../federation/subject-token.ts";
import { issueAccessToken, tokenLifetimeSeconds } from "../issue-tokens.ts";
import { providerKind, workforceGrantKind } from "../federation/records.ts";
import type { FederatedIdentity, ProviderRecord } from "../federation/records.ts";
import { findFederatedPrincipal } from "../principals.ts";
import { accessTokenKind } from "../state/oauth-records.ts";
import type { State } from "../state/state.ts";
import type { PlainEndpoint } from "./method.ts";
import { OAuthFailure, readForm } from "./oauth-form.ts";
import type { Form } from "./oauth-form.ts";
import type { ApiAnswer, ApiCall } from "./route.ts";

/**
 * sts.googleapis.com v1: tokens of others for Google's. Source: the API's discovery document, RFC 8693, RFC 7662, RFC 7009; texts
 * observed, but for those that `subject-token.ts` has.
 */
export const stsEndpoints: readonly PlainEndpoint[] = [
  { route: "POST /v1/token", answer: answering(exchange) },
  { route: "POST /v1/oauthtoken", answer: answering(refresh) },
  { route: "POST /v1/introspect", answer: answering(introspect) },
  { route: "POST /v1/revoke", answer: answering(revoke) },
];

function answering(act: (state: State, form: Form) => Promise<object>): PlainEndpoint["answer"] {
  return async (state: State, call: ApiCall): Promise<ApiAnswer> => {
    const headers = { "cache-control": "no-cache, no-store, max-age=0, must-revalidate", pragma: "no-cache" };
    try {
      return { status: 200, headers, body: await act(state, readForm(call)) };
    } catch (error) {
      if (error instanceof OAuthFailure) return { status: error.httpStatus, headers, body: error.body };
      throw error;
    }
  };
}

/** Libraries send the names of RFC 8693; the API's own JSON form has them in camel case. */
function read(form: Form, name: string): string | undefined {
  return form.get(name) ?? form.get(name.replaceAll(/_(\w)/g, (_match, letter: string) => letter.toUpperCase()));
}

async function exchange(state: State, form: Form): Promise<ExchangedToken> {
  const grantType = read(form, "grant_type");
  if (grantType !== tokenExchangeGrant) {
    throw new OAuthFailure("unsupported_grant_type", 'Invalid value for "grant_type".');
  }
  const provider = findProvider(state, read(form, "audience"));
  if (read(form, "requested_token_type") !== tokenTypes.accessToken) {
    throw new OAuthFailure("invalid_request", "Invalid value of requested_token_type in request.");
  }
  const scopes = scopesOf(read(form, "scope"));
  if (scopes.length === 0) throw new OAuthFailure("invalid_request", "Scope(s) must be provided.");
  const subjectTokenType = read(form, "subject_token_type");
  if (subjectTokenType !== tokenTypes.jwt && subjectTokenType !== tokenTypes.idToken) {
    throw new OAuthFailure("invalid_request", 'Invalid value for "subject_token_type".');
  }
  const subjectToken = read(form, "subject_token");
  if (subjectToken === undefined) throw new OAuthFailure("invalid_request", 'Invalid value for "subject_token".');
  const claims = await verifySubjectToken(state, provider, subjectToken);
  const identity = { provider: provider.name, ...(await mapAttributes(provider, claims)) };
  const accessToken = await issueFederatedToken(state, identity, read(form, "client_id") ?? "", scopes);
  return {
    access_token: accessToken,
    issued_token_type: tokenTypes.accessToken,
    token_type: "Bearer",
    expires_in: tokenLifetimeSeconds - 1,
  };
}

function findProvider(state: State, audience: string | undefined): ProviderRecord {
  const name = audience === undefined ? undefined : parseProviderAudience(audience);
  if (name === undefined) throw new OAuthFailure("invalid_request", 'Invalid value for "audience".');
  const provider = state.store.get(providerKind, name)?.value;
  if (provider?.active) return provider;
  throw new OAuthFailure(
    "invalid_target",
    'The target service indicated by the "audience" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn\'t exist.',
  );
}

/** Somebody of a workforce pool who signed in before goes on with that. */
async function refresh(state: State, form: Form): Promise<object> {
  const grantType = read(form, "grant_type");
  if (grantType !== "refresh_token") {
    throw new OAuthFailure("unsupported_grant_type", 'Invalid value for "grant_type".');
  }
  const grant = state.store.get(workforceGrantKind, read(form, "refresh_token") ?? "")?.value;
  if (!grant) throw new OAuthFailure("invalid_grant", "Bad Request");
  // RFC 6749 §5.2: a client that authenticates as another, or not at all.
  if (read(form, "client_id") !== grant.clientId) throw new OAuthFailure("invalid_client", "Unauthorized", 401);
  if (findFederatedPrincipal(state.store, grant.identity)?.state !== "active") {
    throw new OAuthFailure("invalid_grant", "The pool or provider is disabled or deleted.");
  }
  const accessToken = await issueFederatedToken(state, grant.identity, grant.clientId, grant.scopes);
  const scope = grant.scopes.join(" ");
  return { access_token: accessToken, token_type: "Bearer", expires_in: tokenLifetimeSeconds - 1, scope };
}

async function issueFederatedToken(
  state: State,
  identity: FederatedIdentity,
  clientId: string,
  scopes: readonly string[],
): Promise<string> {
  const subject = findFederatedPrincipal(state.store, identity)?.subject ?? "";
  const token = { subject, clientId, scopes, prefix: "ya29.d.c0", identity };
  return (await issueAccessToken(state, token)).accessToken;
}

async function introspect(state: State, form: Form): Promise<object> {
  const record = state.store.get(accessTokenKind, read(form, "token") ?? "")?.value;
  if (!record?.identity || record.expiresAtMs <= state.clock.nowMs()) return { active: false };
  return {
    active: true,
    client_id: record.clientId,
    exp: Math.floor(record.expiresAtMs / 1000),
    iss: "https://sts.googleapis.com/",
    scope: record.scopes.join(" "),
    sub: record.subject,
    token_type: "Bearer",
    username: record.subject,
  };
}

/** Gives a refresh token back, with all access tokens that came from it, or one access token. What is no token is none any more. */
async function revoke({ store }: State, form: Form): Promise<object> {
  const token = read(form, "token") ?? "";
  const grant = store.get(workforceGrantKind, token)?.value;
  await store.delete(workforceGrantKind, token);
  if (store.get(accessTokenKind, token)?.value.identity) await store.delete(accessTokenKind, token);
  if (!grant) return {};
  for (const [key, { identity, clientId }] of store.entries(accessTokenKind)) {
    const isItsOwn = identity?.subject === grant.identity.subject && identity.provider === grant.identity.provider;
    if (isItsOwn && clientId === grant.clientId) await store.delete(accessTokenKind, key);
  }
  return {};
}

function scopesOf(text: string | undefined): readonly string[] {
  return (text ?? "").split(" ").filter((scope) => scope !== "");
}
