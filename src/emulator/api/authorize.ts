import { findForeignSender } from "../../http/guard.ts";
import { copyCodeUrls } from "../../google/oauth.ts";
import { isOwnAuthority } from "../own-address.ts";
import { grantKind, pendingConsentKind } from "../state/oauth-records.ts";
import { userKind } from "../state/records.ts";
import type { AuthorizationRequest } from "../state/oauth-records.ts";
import type { UserRecord } from "../state/records.ts";
import type { State } from "../state/state.ts";
import { readAuthorizationRequest } from "./authorization-request.ts";
import { consentPath, showConsent, withProblems } from "./authorize-pages.ts";
import { issueCode } from "./code-grant.ts";
import { decideDevice } from "./device.ts";
import type { PlainEndpoint } from "./method.ts";
import { OAuthFailure, readForm } from "./oauth-form.ts";
import { keepPending } from "./pending-consent.ts";
import type { ApiAnswer, ApiCall } from "./route.ts";

/** The pages on which a user lets a client act for them. Source: RFC 6749 §3.1, §4.1; OpenID Connect Core 1.0 §3.1.2. */
export const authorizeEndpoints: readonly PlainEndpoint[] = [
  ...["/o/oauth2/auth", "/o/oauth2/v2/auth", "/o/oauth2/v2/auth/oauthchooseaccount"].map((path): PlainEndpoint => ({
    route: `GET ${path}`,
    answer: withProblems(ask),
  })),
  { route: `POST ${consentPath}`, answer: withProblems(decide) },
];

async function ask(state: State, call: ApiCall): Promise<ApiAnswer> {
  const { client, request, loginHint, domain, silent } = readAuthorizationRequest(state, call.query);
  const users = state.store
    .list(userKind)
    .filter(({ email, state: userState }) => userState !== "deleted" && isInDomain(email, domain));
  const expected = users.find(({ email, subject }) => email === loginHint?.toLowerCase() || subject === loginHint);
  if (silent) return answerSilently(state, call, request, expected);
  const ticket = await keepPending(state, { request });
  return showConsent({
    client,
    scopes: request.scopes,
    redirectUri: request.redirectUri,
    users,
    ticket,
    ...(loginHint === undefined ? {} : { loginHint }),
    ...(expected ? { expected } : {}),
  });
}

/** Without a page only what the user has allowed before can be given. */
async function answerSilently(
  state: State,
  call: ApiCall,
  request: AuthorizationRequest,
  user: UserRecord | undefined,
): Promise<ApiAnswer> {
  const isKnown = state.store
    .list(grantKind)
    .some(
      ({ subject, clientId, scopes }) =>
        subject === user?.subject &&
        clientId === request.clientId &&
        request.scopes.every((scope) => scopes.includes(scope)),
    );
  if (user?.state !== "active" || !isKnown) return redirect(call, request, { error: "interaction_required" });
  return redirectWithCode(state, call, request, user, "none");
}

async function decide(state: State, call: ApiCall): Promise<ApiAnswer> {
  // A page elsewhere can post this form; that it cannot know the ticket is one lock, this is another.
  const foreign = findForeignSender(call.headers, call.authority);
  if (foreign !== undefined) throw new OAuthFailure("access_denied", `The answer was not taken: ${foreign}.`, 403);
  const form = readForm(call);
  const ticket = form.get("ticket") ?? "";
  const pending = state.store.get(pendingConsentKind, ticket)?.value;
  if (!pending || pending.expiresAtMs <= state.clock.nowMs()) {
    throw new OAuthFailure("invalid_request", "This page was answered already, or is too old.");
  }
  const decision = form.get("decision");
  if (decision === "deny") {
    await state.store.delete(pendingConsentKind, ticket);
    if ("deviceCode" in pending) return decideDevice(state, pending.deviceCode, undefined);
    return redirect(call, pending.request, { error: "access_denied" });
  }
  const user = state.findUser(form.get("account") ?? "");
  if (decision !== "allow" || !user || user.state === "deleted") {
    throw new OAuthFailure("invalid_request", "No account was chosen.");
  }
  if (user.state === "disabled") throw new OAuthFailure("access_denied", `The account ${user.email} is disabled.`, 403);
  await state.store.delete(pendingConsentKind, ticket);
  if (user.reauth !== undefined) {
    const { reauth: _over, ...fresh } = user;
    await state.store.put(userKind, user.email, fresh);
  }
  if ("deviceCode" in pending) return decideDevice(state, pending.deviceCode, user.subject);
  return redirectWithCode(state, call, pending.request, user, "consent");
}

async function redirectWithCode(
  state: State,
  call: ApiCall,
  request: AuthorizationRequest,
  user: UserRecord,
  prompt: string,
): Promise<ApiAnswer> {
  const code = await issueCode(state, request, user.subject);
  const domain = user.email.split("@")[1];
  return redirect(call, request, {
    code,
    scope: request.scopes.join(" "),
    authuser: "0",
    ...(domain === undefined || domain === "gmail.com" ? {} : { hd: domain }),
    prompt,
  });
}

/** Sends the browser back to the client. Source: RFC 6749 §4.1.2, §4.1.2.1. */
function redirect(
  call: ApiCall,
  { redirectUri, state }: AuthorizationRequest,
  answer: Record<string, string>,
): ApiAnswer {
  const url = new URL(redirectUri);
  // A browser that came without the proxy has no other way to the pages on which gcloud's codes are copied.
  const isCopyCode = Object.values<string>(copyCodeUrls).includes(redirectUri);
  const target = isCopyCode && isOwnAuthority(call.authority) ? new URL(url.pathname, `http://${call.authority}`) : url;
  for (const [name, value] of Object.entries({ ...(state === undefined ? {} : { state }), ...answer })) {
    target.searchParams.append(name, value);
  }
  return {
    status: 302,
    headers: { location: target.href, "cache-control": "no-store", "referrer-policy": "no-referrer" },
    body: "",
  };
}

function isInDomain(email: string, domain: string | undefined): boolean {
  const own = email.split("@")[1];
  return domain === undefined || (domain === "*" ? own !== "gmail.com" : own === domain.toLowerCase());
}
