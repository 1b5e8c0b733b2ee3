import type { Answer, Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import { redact } from "../core/redact.ts";
import { unreachable } from "../google/call.ts";
import type { OAuthError, TokenResponse } from "../google/oauth.ts";
import type { TokenParty } from "./token-party.ts";
import { explainTokenRefusal } from "./token-refusal.ts";

/**
 * Asks an OAuth 2.0 token endpoint. Source: RFC 6749 §3.2 and §5.
 *
 * @param authorization The client's own, where it does not stand in the form.
 * @throws {RunpassError} with the endpoint's own description: `reauthentication_required`, `grant_revoked`, `account_deleted`,
 * `account_disabled`, `scope_missing`, `oauth_client_unknown`, `clock_skew`, else `credentials_rejected`; `google_unreachable`.
 */
export async function requestToken(
  context: Context,
  party: TokenParty,
  form: URLSearchParams,
  authorization?: string,
): Promise<TokenResponse> {
  const { host } = new URL(party.tokenUrl);
  let response: Answer;
  let text: string;
  try {
    response = await context.fetch(party.tokenUrl, {
      method: "POST",
      headers: {
        accept: "application/json",
        "content-type": "application/x-www-form-urlencoded",
        ...(authorization === undefined ? {} : { authorization }),
      },
      body: form.toString(),
      ...(context.signal ? { signal: context.signal } : {}),
    });
    text = await response.text();
  } catch (cause) {
    throw unreachable(host, cause);
  }
  const body = parseObject(text);
  if (response.ok && body) return body;
  const error = isOAuthError(body) ? body : undefined;
  const refusal = error && describeRefusal(error, party.secrets);
  if (error === undefined || refusal === undefined || response.status === 429 || response.status >= 500) {
    throw new RunpassError({
      code: "google_unreachable",
      message: `${host} answered ${response.status}${response.ok ? " with something that is no JSON object" : ""}`,
      why: refusal,
      fix: "Run the command again; behind a proxy, check that it lets the answer through unchanged.",
    });
  }
  const serverMs = Date.parse(response.headers.get("date") ?? "");
  const clockLeadMs = Number.isNaN(serverMs) ? undefined : context.clock.nowMs() - serverMs;
  throw explainTokenRefusal(error, party, refusal, clockLeadMs);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined; // a proxy's or front end's page
  }
}

function isOAuthError(body: Record<string, unknown> | undefined): body is Record<string, unknown> & OAuthError {
  return typeof body?.["error"] === "string";
}

/** `invalid_grant: Token has been expired or revoked.`: Google's words, on one line, without anything secret echoed. */
function describeRefusal({ error, error_description: description }: OAuthError, secrets: readonly string[]): string {
  const text = typeof description === "string" ? `${error}: ${description}` : error;
  const echoes = secrets.flatMap((secret) => [secret, encodeURIComponent(secret), formEncode(secret)]);
  const clean = echoes.reduce((result, echo) => result.replaceAll(echo, "[redacted]"), text);
  return redact(clean)
    .replaceAll(/[\p{Cc}\s]+/gu, " ")
    .slice(0, 300);
}

function formEncode(text: string): string {
  return new URLSearchParams({ text }).toString().slice("text=".length);
}
