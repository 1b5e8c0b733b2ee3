import { createHash, randomBytes } from "node:crypto";
import type { TokenResponse } from "../../google/oauth.ts";
import { equalSecrets } from "../../http/guard.ts";
import { issueAccessToken, issueUserIdToken, newRefreshToken, tokenLifetimeSeconds } from "../issue-tokens.ts";
import { codeKind, grantKind } from "../state/oauth-records.ts";
import type { AuthorizationRequest, CodeRecord } from "../state/oauth-records.ts";
import type { State } from "../state/state.ts";
import { authenticateClient } from "./oauth-client.ts";
import { OAuthFailure } from "./oauth-form.ts";
import type { Form } from "./oauth-form.ts";
import { findLivingUser } from "./living-user.ts";

/** The longest life that RFC 6749 §4.1.2 recommends. Google's own is unpublished. */
const codeLifetimeMs = 600_000;

/** Gives out an authorization code for what a user has allowed. */
export async function issueCode(state: State, request: AuthorizationRequest, subject: string): Promise<string> {
  const code = `4/0emulator-${randomBytes(32).toString("base64url")}`;
  await state.store.put(codeKind, code, { ...request, subject, expiresAtMs: state.clock.nowMs() + codeLifetimeMs });
  return code;
}

/**
 * Exchanges an authorization code for tokens. It works once, for the client, the address and the verifier that it was made for;
 * an attempt that fails ends it too. Source: RFC 6749 §4.1.3, RFC 7636 §4.6; texts observed.
 *
 * @throws {OAuthFailure}
 */
export async function exchangeCode(state: State, form: Form): Promise<TokenResponse> {
  const client = authenticateClient(state, form);
  const code = form.get("code");
  if (code === undefined) throw new OAuthFailure("invalid_request", "Missing required parameter: code");
  const found = state.store.get(codeKind, code)?.value;
  await state.store.delete(codeKind, code);
  if (!found || found.clientId !== client.id || found.expiresAtMs <= state.clock.nowMs()) throw invalid("Bad Request");
  const redirectUri = form.get("redirect_uri");
  if (redirectUri === undefined) throw new OAuthFailure("invalid_request", "Missing parameter: redirect_uri");
  if (redirectUri !== found.redirectUri) throw new OAuthFailure("redirect_uri_mismatch", "Bad Request");
  checkVerifier(found, form.get("code_verifier"));
  return issueUserTokens(state, found);
}

/** The tokens that a client gets for a user's consent: with a refresh token where it may go on without the user. */
export async function issueUserTokens(
  state: State,
  consent: Pick<CodeRecord, "subject" | "clientId" | "scopes" | "offline" | "nonce">,
): Promise<TokenResponse> {
  const { subject, clientId, scopes, offline, nonce } = consent;
  const user = findLivingUser(state, subject);
  const refreshToken = offline ? newRefreshToken() : undefined;
  if (refreshToken !== undefined) await state.store.put(grantKind, refreshToken, { subject, clientId, scopes });
  const grant = refreshToken === undefined ? {} : { grant: refreshToken };
  const { accessToken } = await issueAccessToken(state, { subject, clientId, scopes, ...grant });
  return {
    access_token: accessToken,
    expires_in: tokenLifetimeSeconds - 1,
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    scope: scopes.join(" "),
    token_type: "Bearer",
    ...(scopes.includes("openid")
      ? {
          id_token: await issueUserIdToken(state, user, {
            clientId,
            accessToken,
            scopes,
            ...(nonce === undefined ? {} : { nonce }),
          }),
        }
      : {}),
  };
}

function checkVerifier({ challenge }: CodeRecord, verifier: string | undefined): void {
  if (!challenge) {
    // Else whoever took the challenge out of the request would go unnoticed: RFC 9700 §4.8.2.
    if (verifier !== undefined) throw invalid("code_verifier or verifier is not needed.");
    return;
  }
  if (verifier === undefined) throw invalid("Missing code verifier.");
  const expected = challenge.method === "plain" ? verifier : createHash("sha256").update(verifier).digest("base64url");
  if (!equalSecrets(expected, challenge.value)) throw invalid("Invalid code verifier.");
}

function invalid(description: string): OAuthFailure {
  return new OAuthFailure("invalid_grant", description);
}
