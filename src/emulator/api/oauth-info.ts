import { decodeJwt } from "../../google/id-token.ts";
import { accessTokenKind, grantKind } from "../state/oauth-records.ts";
import { accountKind } from "../state/records.ts";
import type { AccessTokenRecord } from "../state/oauth-records.ts";
import type { State } from "../state/state.ts";
import { verify } from "node:crypto";
import { findPrincipal } from "./caller.ts";
import type { PlainEndpoint } from "./method.ts";
import { guarded, OAuthFailure, readForm } from "./oauth-form.ts";
import type { ApiAnswer, ApiCall } from "./route.ts";

/** What Google tells about tokens, and how they are given back. Source: Google's OAuth documentation; texts observed. */
export const infoEndpoints: readonly PlainEndpoint[] = [
  ...["/tokeninfo", "/oauth2/v3/tokeninfo", "/oauth2/v1/tokeninfo", "/oauth2/v2/tokeninfo"].flatMap((path) =>
    ["GET", "POST"].map((method): PlainEndpoint => ({ route: `${method} ${path}`, answer: guarded(tokenInfo) })),
  ),
  ...["/v1/userinfo", "/oauth2/v3/userinfo", "/oauth2/v2/userinfo", "/oauth2/v1/userinfo"].flatMap((path) =>
    ["GET", "POST"].map((method): PlainEndpoint => ({ route: `${method} ${path}`, answer: guarded(userInfo) })),
  ),
  ...["/revoke", "/o/oauth2/revoke"].flatMap((path) =>
    ["GET", "POST"].map((method): PlainEndpoint => ({ route: `${method} ${path}`, answer: guarded(revoke) })),
  ),
];

/** All values are texts. */
function tokenInfo(state: State, call: ApiCall): ApiAnswer {
  const form = readForm(call);
  const idToken = form.get("id_token");
  if (idToken !== undefined) return { status: 200, body: texts(verifyIdToken(state, idToken)) };
  const { record, email } = accessTokenOf(state, form.get("access_token") ?? bearerOf(call), "Invalid Value");
  const remaining = Math.floor((record.expiresAtMs - state.clock.nowMs()) / 1000);
  if (call.path.startsWith("/oauth2/v1/")) {
    return {
      status: 200,
      body: {
        issued_to: record.clientId,
        audience: record.clientId,
        user_id: record.subject,
        scope: record.scopes.join(" "),
        expires_in: remaining,
        ...(email === undefined ? {} : { email, verified_email: true }),
        access_type: "offline",
      },
    };
  }
  return {
    status: 200,
    body: texts({
      azp: record.clientId,
      aud: record.clientId,
      sub: record.subject,
      scope: record.scopes.join(" "),
      exp: Math.floor(record.expiresAtMs / 1000),
      expires_in: remaining,
      ...(email === undefined ? {} : { email, email_verified: true }),
      access_type: "offline",
    }),
  };
}

/** Who a token stands for, as far as its scopes show. The older versions have other names for the same. */
function userInfo(state: State, call: ApiCall): ApiAnswer {
  const token = bearerOf(call) ?? call.query.get("access_token") ?? undefined;
  const { record, email } = accessTokenOf(state, token, "Invalid Credentials", 401);
  const isOpenId = record.scopes.some((scope) => scope === "openid" || scope.includes("userinfo"));
  if (!isOpenId) throw new OAuthFailure("insufficient_scope", "Request had insufficient authentication scopes.", 403);
  const name = findPrincipal(state, record.subject)?.email.split("@")[0];
  const showsName = record.scopes.some((scope) => scope.endsWith("userinfo.profile"));
  const domain = email?.split("@")[1];
  const isOld = /^\/oauth2\/v[12]\//.test(call.path);
  return {
    status: 200,
    body: {
      [isOld ? "id" : "sub"]: record.subject,
      ...(showsName ? { name, given_name: name } : {}),
      ...(email === undefined ? {} : { email, [isOld ? "verified_email" : "email_verified"]: true }),
      ...(domain === undefined || domain === "gmail.com" || domain.endsWith(".gserviceaccount.com")
        ? {}
        : { hd: domain }),
    },
  };
}

/** Gives a token back. A refresh token ends with all that came from it, and with an access token that came from it. */
async function revoke(state: State, call: ApiCall): Promise<ApiAnswer> {
  const token = readForm(call).get("token");
  if (token === undefined) throw new OAuthFailure("invalid_request", "Missing required parameter: token");
  const { store } = state;
  const accessToken = store.get(accessTokenKind, token)?.value;
  const isAlive = accessToken !== undefined && accessToken.expiresAtMs > state.clock.nowMs();
  if (!store.get(grantKind, token) && !isAlive) throw new OAuthFailure("invalid_token", "Token expired or revoked");
  const refreshToken = accessToken ? accessToken.grant : token;
  const issued = store
    .entries(accessTokenKind)
    .filter(([, { grant }]) => grant !== undefined && grant === refreshToken);
  await Promise.all([
    store.delete(accessTokenKind, token),
    ...(refreshToken === undefined ? [] : [store.delete(grantKind, refreshToken)]),
    ...issued.map(([key]) => store.delete(accessTokenKind, key)),
  ]);
  return { status: 200, body: {} };
}

function accessTokenOf(
  state: State,
  token: string | undefined,
  description: string,
  httpStatus = 400,
): { readonly record: AccessTokenRecord; readonly email: string | undefined } {
  const record = token === undefined ? undefined : state.store.get(accessTokenKind, token)?.value;
  const isAlive = record !== undefined && record.expiresAtMs > state.clock.nowMs();
  if (!isAlive || findPrincipal(state, record.subject)?.state !== "active") {
    throw new OAuthFailure(httpStatus === 401 ? "invalid_request" : "invalid_token", description, httpStatus);
  }
  const isAccount = state.store.get(accountKind, record.subject) !== undefined;
  const showsEmail = isAccount || record.scopes.some((scope) => /(?:^email$|userinfo\.email$)/.test(scope));
  return { record, email: showsEmail ? findPrincipal(state, record.subject)?.email : undefined };
}

function verifyIdToken(state: State, token: string): Record<string, unknown> {
  const jwt = decodeJwt(token);
  const key = state.keys.verificationKey(String(jwt?.header["kid"]));
  const lastDot = token.lastIndexOf(".");
  const isSigned =
    jwt?.header["alg"] === "RS256" &&
    key !== undefined &&
    verify("RSA-SHA256", Buffer.from(token.slice(0, lastDot)), key, Buffer.from(token.slice(lastDot + 1), "base64url"));
  if (!isSigned || Number(jwt.payload["exp"]) * 1000 <= state.clock.nowMs()) {
    throw new OAuthFailure("invalid_token", "Invalid Value");
  }
  return { ...jwt.payload, ...jwt.header };
}

function bearerOf({ headers }: ApiCall): string | undefined {
  return /^bearer +(\S+)$/i.exec(headers["authorization"] ?? "")?.[1];
}

function texts(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}
