import { parseScopes } from "../../google/oauth.ts";
import type { AuthorizationRequest, OAuthClientRecord } from "../state/oauth-records.ts";
import type { State } from "../state/state.ts";
import { findClient, isRedirectAllowed } from "./oauth-client.ts";
import { OAuthFailure } from "./oauth-form.ts";

/** A request that may be shown to a user, with what it says about the page. */
export interface ReadAuthorizationRequest {
  readonly client: OAuthClientRecord;
  readonly request: AuthorizationRequest;
  /** The account that the client expects. */
  readonly loginHint?: string;
  /** Only accounts of this domain may be chosen; `*` stands for any but Google's own. */
  readonly domain?: string;
  /** No page is to be shown: the answer goes to the client at once. */
  readonly silent: boolean;
}

/**
 * Reads what a client asks a user for. Whatever is wrong is told to the user: the client's address cannot be trusted with it.
 * Source: RFC 6749 §4.1.1, §3.1.2.4; RFC 7636 §4.3; OpenID Connect Core 1.0 §3.1.2.1; names of the errors observed.
 *
 * @throws {OAuthFailure}
 */
export function readAuthorizationRequest(state: State, query: URLSearchParams): ReadAuthorizationRequest {
  const twice = [...query.keys()].find((name, index, names) => names.indexOf(name) !== index);
  if (twice !== undefined) throw wrong(`OAuth 2 parameters can only have a single value: ${twice}`);
  const get = (name: string): string | undefined => query.get(name) || undefined;
  const need = (name: string): string => {
    const value = get(name);
    if (value === undefined) throw wrong(`Required parameter is missing: ${name}`);
    return value;
  };

  const client = findClient(state, need("client_id"));
  if (!client) throw new OAuthFailure("invalid_client", "The OAuth client was not found.", 401);
  const redirectUri = need("redirect_uri");
  if (!isRedirectAllowed(client, redirectUri)) {
    throw new OAuthFailure(
      "redirect_uri_mismatch",
      `The redirect URI in the request, ${redirectUri}, does not match the ones authorized for the OAuth client.`,
    );
  }
  const responseType = need("response_type");
  if (responseType !== "code") {
    throw new OAuthFailure("unsupported_response_type", `The emulator answers with a code only, not ${responseType}.`);
  }
  const prompts = (get("prompt") ?? "").split(" ");
  const silent = prompts.includes("none");
  if (silent && prompts.length > 1) throw wrong("Invalid parameter value for prompt: none stands alone");
  const texts = { state: get("state"), nonce: get("nonce"), loginHint: get("login_hint"), domain: get("hd") };
  return {
    client,
    request: {
      clientId: client.id,
      redirectUri,
      scopes: readScopes(need("scope")),
      ...(texts.state === undefined ? {} : { state: texts.state }),
      ...(texts.nonce === undefined ? {} : { nonce: texts.nonce }),
      ...readChallenge(get("code_challenge"), get("code_challenge_method")),
      // Google documents that installed applications always get a refresh token.
      offline: client.loopback || get("access_type") === "offline",
    },
    ...(texts.loginHint === undefined ? {} : { loginHint: texts.loginHint }),
    ...(texts.domain === undefined ? {} : { domain: texts.domain }),
    silent,
  };
}

function readScopes(text: string): readonly string[] {
  const scopes = parseScopes(text);
  const invalid = scopes.filter((scope) => scope !== "openid" && !/^https:\/\/[\w./-]+$/.test(scope));
  if (invalid.length === 0 && scopes.length > 0) return scopes;
  const valid = scopes.filter((scope) => !invalid.includes(scope));
  throw new OAuthFailure(
    "invalid_scope",
    `Some requested scopes were invalid. {valid=[${valid.join(", ")}], invalid=[${invalid.join(", ")}]}`,
  );
}

function readChallenge(value: string | undefined, method = "plain"): Pick<AuthorizationRequest, "challenge"> {
  if (value === undefined) return {};
  if (method !== "S256" && method !== "plain") throw wrong("Invalid parameter value for code_challenge_method");
  const form = method === "S256" ? /^[\w-]{43}$/ : /^[\w\-.~]{43,128}$/;
  if (!form.test(value)) throw wrong("Invalid parameter value for code_challenge");
  return { challenge: { method, value } };
}

function wrong(description: string): OAuthFailure {
  return new OAuthFailure("invalid_request", description);
}
