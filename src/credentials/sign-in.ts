import { createHash, randomBytes } from "node:crypto";
import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import { decodeJwt } from "../google/id-token.ts";
import { authorizationUrl, cloudPlatformScope, emailScope, tokenUrl } from "../google/oauth.ts";
import { equalSecrets } from "../http/guard.ts";
import { isEmail } from "./fields.ts";
import type { StoredLogin } from "./login-store.ts";
import { requestToken } from "./token-endpoint.ts";

/** An application that a user lets act for them. */
export interface OAuthClient {
  readonly id: string;
  readonly secret?: string;
}

/** One attempt to sign in: what is sent with the browser, and what must come back. */
export interface SignIn {
  readonly client: OAuthClient;
  readonly redirectUri: string;
  /** For the browser. */
  readonly url: string;
  readonly state: string;
  /** Stays here until the code is exchanged. */
  readonly verifier: string;
}

export interface SignInOptions {
  readonly client: OAuthClient;
  readonly redirectUri: string;
  /** The account that is expected: an e-mail. */
  readonly account?: string | undefined;
  /** Where the emulator stands in for Google: the browser knows no proxy. */
  readonly emulatorUrl?: string | undefined;
  /** Default: a random one. */
  readonly state?: string;
}

/** What is asked for: ID tokens with the e-mail, and calls of APIs, so that `--as`, `grant` and the like work. */
const scopes: readonly string[] = ["openid", emailScope, cloudPlatformScope];

/** Begins an authorization-code flow with PKCE. Source: RFC 6749 §4.1, RFC 7636, RFC 8252; Google, "OAuth 2.0 for desktop apps". */
export function beginSignIn({
  client,
  redirectUri,
  account,
  emulatorUrl,
  state = randomText(),
}: SignInOptions): SignIn {
  const verifier = randomText();
  const path = new URL(authorizationUrl).pathname;
  const url = new URL(emulatorUrl === undefined ? authorizationUrl : `${emulatorUrl}${path}`);
  const query = {
    response_type: "code",
    client_id: client.id,
    redirect_uri: redirectUri,
    scope: scopes.join(" "),
    state,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    access_type: "offline",
    prompt: "consent", // else Google gives a refresh token the first time only
    ...(account === undefined ? {} : { login_hint: account }),
  };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return { client, redirectUri, url: url.href, state, verifier };
}

/** A text that nobody guesses: 256 bits. */
export function randomText(): string {
  return randomBytes(32).toString("base64url");
}

/** Whether an answer belongs to this attempt. */
export function isAnswerTo(state: string, answer: URLSearchParams): boolean {
  return equalSecrets(answer.get("state") ?? "", state);
}

/**
 * The code in the answer that the browser brought.
 *
 * @throws {RunpassError} `login_failed` where there is none; what it says is Google's error, of a known form only.
 */
export function readCode(answer: URLSearchParams): string {
  const code = answer.get("code");
  const error = answer.get("error");
  if (error === null && code) return code;
  const name = error !== null && /^\w{1,60}$/.test(error) ? error : "an answer without a code";
  const [why, fix] = refusals[name] ?? [name, "Run runpass login again"];
  throw new RunpassError({
    code: "login_failed",
    message: "Nobody was signed in",
    why: why === name ? `Google answered ${name}` : `${why} (${name})`,
    fix,
  });
}

/** Source: RFC 6749 §4.1.2.1; Google, "Errors" of its authorization endpoint. */
const refusals: Readonly<Record<string, readonly [why: string, fix: string]>> = {
  access_denied: ["the consent was refused", "Run runpass login again, and allow what is asked for"],
  admin_policy_enforced: [
    "your organisation does not let this OAuth client have the scopes",
    "Ask your administrator to trust the OAuth client",
  ],
  org_internal: ["the OAuth client is for another organisation", "Use an account of its organisation"],
  invalid_scope: ["the OAuth client may not ask for these scopes", "Add them to its consent screen"],
  server_error: ["Google failed", "Run runpass login again"],
  temporarily_unavailable: ["Google is overloaded", "Run runpass login again in a while"],
};

/**
 * Exchanges a code for what is to be kept.
 *
 * @throws {RunpassError} `login_failed`, `oauth_client_unknown`, `google_unreachable`
 */
export async function finishSignIn(context: Context, signIn: SignIn, code: string): Promise<StoredLogin> {
  const { client, redirectUri, verifier } = signIn;
  const form = new URLSearchParams({
    grant_type: "authorization_code",
    code,
    client_id: client.id,
    ...(client.secret === undefined ? {} : { client_secret: client.secret }),
    redirect_uri: redirectUri,
    code_verifier: verifier,
  });
  const party = {
    tokenUrl,
    source: "the sign-in",
    fix: "Run runpass login again; if it stays, check --client-id and --client-secret-file",
    secrets: [code, verifier, ...(client.secret === undefined ? [] : [client.secret])],
    isGrant: false,
  };
  const tokens = await requestToken(context, party, form);
  // It came from the token endpoint itself, by TLS: OpenID Connect Core 1.0 §3.1.3.7, 6.
  const { aud, email } = decodeJwt(tokens.id_token ?? "")?.payload ?? {};
  if (aud !== client.id || typeof email !== "string" || !isEmail(email)) {
    throw failed("Google's answer does not say who signed in", "Allow the scopes openid and email when you are asked");
  }
  if (typeof tokens.refresh_token !== "string") {
    throw failed("Google gave no refresh token", "Make an OAuth client of the type Desktop app, and log in with that");
  }
  return {
    account: email.toLowerCase(),
    clientId: client.id,
    ...(client.secret === undefined ? {} : { clientSecret: client.secret }),
    refreshToken: tokens.refresh_token,
  };
}

function failed(message: string, fix: string): RunpassError {
  return new RunpassError({ code: "login_failed", message, fix });
}
