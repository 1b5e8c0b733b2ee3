import { decideAccess, findStanding } from "../../gate/access.ts";
import type { FederatedPrincipal, Principal } from "../../gate/view.ts";
import { cloudPlatformScope } from "../../google/oauth.ts";
import { errorInfo } from "../../google/status.ts";
import { policyLevels } from "../hierarchy.ts";
import { accountPrincipal, findFederatedPrincipal, findGroups, userPrincipal } from "../principals.ts";
import { accessTokenKind } from "../state/oauth-records.ts";
import { accountKind, userKind } from "../state/records.ts";
import type { AccessTokenRecord } from "../state/oauth-records.ts";
import type { State } from "../state/state.ts";
import { ApiFailure } from "./route.ts";
import type { ApiCall } from "./route.ts";
import { readSelfSignedToken } from "./self-signed-token.ts";

/** Who calls an API. */
export interface Caller {
  readonly principal: Principal | FederatedPrincipal;
}

/** Scopes that open every emulated API besides `cloud-platform`, by host. */
const otherScopes: Readonly<Record<string, readonly string[]>> = {
  "iam.googleapis.com": ["https://www.googleapis.com/auth/iam"],
  "iamcredentials.googleapis.com": ["https://www.googleapis.com/auth/iam"],
  "cloudidentity.googleapis.com": [
    "https://www.googleapis.com/auth/cloud-identity.groups",
    "https://www.googleapis.com/auth/cloud-identity.groups.readonly",
  ],
};

/**
 * Tells by the access token who calls.
 *
 * @throws {ApiFailure} `UNAUTHENTICATED` without a valid access token, `PERMISSION_DENIED` when its scopes do not open the API.
 */
export function authenticate(state: State, call: ApiCall, methodId: string): Caller {
  const metadata = { service: call.host, method: methodId };
  const token = readAccessToken(call);
  if (token === undefined) {
    throw new ApiFailure(
      "UNAUTHENTICATED",
      "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
      [errorInfo("CREDENTIALS_MISSING", metadata, "googleapis.com")],
    );
  }
  const record = state.store.get(accessTokenKind, token)?.value;
  const { principal, scopes } = record ? readRecord(state, record) : readJwt(state, token, call.host);
  if (principal?.state !== "active") {
    // An ID token is a valid token of another kind; anything else is none.
    const reason = record ? "ACCESS_TOKEN_EXPIRED" : "ACCESS_TOKEN_TYPE_UNSUPPORTED";
    throw new ApiFailure(
      "UNAUTHENTICATED",
      "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
      [errorInfo(reason, metadata, "googleapis.com")],
    );
  }
  const opening = [cloudPlatformScope, ...(otherScopes[call.host] ?? [])];
  if (scopes && !opening.some((scope) => scopes.includes(scope))) {
    throw new ApiFailure("PERMISSION_DENIED", "Request had insufficient authentication scopes.", [
      errorInfo("ACCESS_TOKEN_SCOPE_INSUFFICIENT", metadata, "googleapis.com"),
    ]);
  }
  return { principal };
}

/** Who holds a token; with the scopes that it has, where scopes are what it is for. */
interface Held {
  readonly principal?: Caller["principal"] | undefined;
  readonly scopes?: readonly string[] | undefined;
}

function readRecord(state: State, { subject, identity, scopes, expiresAtMs }: AccessTokenRecord): Held {
  if (expiresAtMs <= state.clock.nowMs()) return {};
  return {
    principal: identity ? findFederatedPrincipal(state.store, identity) : findPrincipal(state, subject),
    scopes,
  };
}

function readJwt(state: State, token: string, host: string): Held {
  const own = readSelfSignedToken(state, token, host);
  return own ? { principal: accountPrincipal(state.store, own.account), scopes: own.scopes } : {};
}

const noGroups: ReadonlySet<string> = new Set();

/** Whether a caller holds a permission on a resource now, by its policies and those above it. */
export function holds(state: State, { principal }: Caller, permission: string, resource: string): boolean {
  const groups = principal.kind === "federated" ? noGroups : findGroups(state.store, principal.email);
  const standing = findStanding({ levels: policyLevels(state.seen, resource), principal, groups, permission });
  return decideAccess(standing, state.clock.nowMs(), state.facts).outcome === "allowed";
}

/** A user or service account by the subject of its tokens. */
export function findPrincipal(state: State, subject: string): Principal | undefined {
  const account = state.store.get(accountKind, subject)?.value;
  if (account) return accountPrincipal(state.store, account);
  const user = state.store.list(userKind).find((each) => each.subject === subject);
  return user && userPrincipal(state.store, user);
}

function readAccessToken({ headers, query }: ApiCall): string | undefined {
  const header = /^bearer +(\S+)$/i.exec(headers["authorization"]?.trim() ?? "")?.[1];
  return header ?? query.get("access_token") ?? query.get("oauth_token") ?? undefined;
}
