import { deviceGrant, jwtBearerGrant, parseScopes } from "../../google/oauth.ts";
import type { TokenResponse } from "../../google/oauth.ts";
import { issueAccessToken, issueAccountIdToken, issueUserIdToken, tokenLifetimeSeconds } from "../issue-tokens.ts";
import { grantKind } from "../state/oauth-records.ts";
import type { State } from "../state/state.ts";
import { readAssertion } from "./assertion.ts";
import { exchangeCode } from "./code-grant.ts";
import { pollDevice } from "./device-grant.ts";
import { findLivingUser } from "./living-user.ts";
import { authenticateClient } from "./oauth-client.ts";
import { OAuthFailure, readForm } from "./oauth-form.ts";
import type { Form } from "./oauth-form.ts";
import type { PlainEndpoint } from "./method.ts";
import type { ApiAnswer, ApiCall } from "./route.ts";

/** The token endpoint, at every address it had or has. Source: RFC 6749 §3.2, RFC 7523; texts observed. */
export const tokenEndpoints: readonly PlainEndpoint[] = [
  "POST /token",
  "POST /oauth2/v3/token",
  "POST /oauth2/v4/token",
  "POST /o/oauth2/token",
].map((route) => ({ route, answer: answerToken }));

async function answerToken(state: State, call: ApiCall): Promise<ApiAnswer> {
  const headers = { "cache-control": "no-cache, no-store, max-age=0, must-revalidate", pragma: "no-cache" };
  try {
    return { status: 200, headers, body: await grant(state, readForm(call)) };
  } catch (error) {
    if (error instanceof OAuthFailure) return { status: error.httpStatus, headers, body: error.body };
    throw error;
  }
}

function grant(state: State, form: Form): Promise<TokenResponse> {
  const grantType = form.get("grant_type");
  switch (grantType) {
    case "refresh_token":
      return refresh(state, form);
    case "authorization_code":
      return exchangeCode(state, form);
    case deviceGrant:
      return pollDevice(state, form);
    case jwtBearerGrant:
      return exchangeAssertion(state, form);
    case undefined:
      throw new OAuthFailure("invalid_request", "Required parameter is missing: grant_type");
    default:
      throw new OAuthFailure("unsupported_grant_type", `Invalid grant_type: ${grantType}`);
  }
}

/** A user's client asks for new tokens. Its ID token is for the client, whatever `target_audience` says. */
async function refresh(state: State, form: Form): Promise<TokenResponse> {
  const refreshToken = form.get("refresh_token");
  if (refreshToken === undefined)
    throw new OAuthFailure("invalid_request", "Missing required parameter: refresh_token");
  const clientId = authenticateClient(state, form).id;
  const found = state.store.get(grantKind, refreshToken)?.value;
  if (!found) throw new OAuthFailure("invalid_grant", "Bad Request");
  if (found.clientId !== clientId) throw new OAuthFailure("unauthorized_client", "Unauthorized", 401);
  const user = findLivingUser(state, found.subject);
  if (user.reauth !== undefined) {
    throw new OAuthFailure("invalid_grant", `reauth related error (${user.reauth})`, 400, user.reauth);
  }
  const scopes = narrowScopes(form.get("scope"), found.scopes);
  const { accessToken } = await issueAccessToken(state, {
    subject: user.subject,
    clientId,
    scopes,
    grant: refreshToken,
  });
  return {
    access_token: accessToken,
    expires_in: tokenLifetimeSeconds - 1,
    scope: scopes.join(" "),
    token_type: "Bearer",
    ...(scopes.includes("openid")
      ? { id_token: await issueUserIdToken(state, user, { clientId, accessToken, scopes }) }
      : {}),
  };
}

/** A service account's key signs for its account: for an ID token where it names an audience, else for an access token. */
async function exchangeAssertion(state: State, form: Form): Promise<TokenResponse> {
  const assertion = form.get("assertion");
  if (assertion === undefined) throw new OAuthFailure("invalid_request", "Missing required parameter: assertion");
  const { account, audience, scopes } = readAssertion(state, assertion);
  if (audience !== undefined) {
    const options = { audience, includeEmail: true, emailAsAzp: true };
    return { id_token: await issueAccountIdToken(state, account, options) };
  }
  if (scopes.length === 0) {
    throw new OAuthFailure("invalid_scope", "Invalid OAuth scope or ID token audience provided.");
  }
  const { accessToken } = await issueAccessToken(state, {
    subject: account.uniqueId,
    clientId: account.uniqueId,
    scopes,
    prefix: "ya29.c.c0",
  });
  return { access_token: accessToken, expires_in: tokenLifetimeSeconds - 1, token_type: "Bearer" };
}

function narrowScopes(asked: string | undefined, granted: readonly string[]): readonly string[] {
  if (asked === undefined) return granted;
  const scopes = parseScopes(asked);
  if (scopes.some((scope) => !granted.includes(scope))) throw new OAuthFailure("invalid_scope", "Bad Request");
  return scopes;
}
