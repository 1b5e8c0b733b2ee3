import { formatServiceAccountName } from "../../google/iam.ts";
import { errorInfo } from "../../google/status.ts";
import { issueAccessToken, issueAccountIdToken, tokenLifetimeSeconds } from "../issue-tokens.ts";
import type { AccountRecord } from "../records.ts";
import type { State } from "../state.ts";
import { holds } from "./caller.ts";
import type { Caller } from "./caller.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { ApiFailure } from "./route.ts";

const service = "google.iam.credentials.v1.IAMCredentials";
const path = "/v1/{name=projects/*/serviceAccounts/*}";

/** iamcredentials.googleapis.com v1. Source: google/iam/credentials/v1/common.proto. */
export const iamCredentialsMethods: readonly ApiMethod[] = [
  { id: `${service}.GenerateIdToken`, route: `POST ${path}:generateIdToken`, handle: generateIdToken },
  { id: `${service}.GenerateAccessToken`, route: `POST ${path}:generateAccessToken`, handle: generateAccessToken },
];

async function generateIdToken(call: MethodCall): Promise<object> {
  const account = impersonate(call, "iam.serviceAccounts.getOpenIdToken");
  const { audience, includeEmail, useEmailAzp, organizationNumberIncluded } = call.body;
  if (typeof audience !== "string" || audience === "") throw wrong("Audience is required.");
  const token = await issueAccountIdToken(call.state, account, {
    audience,
    includeEmail: isTrue(includeEmail),
    emailAsAzp: isTrue(useEmailAzp),
    ...(isTrue(organizationNumberIncluded) ? { google: { organization_number: null } } : {}),
  });
  return { token };
}

async function generateAccessToken(call: MethodCall): Promise<object> {
  const account = impersonate(call, "iam.serviceAccounts.getAccessToken");
  const { scope, lifetime } = call.body;
  const scopes = Array.isArray(scope) ? (scope as unknown[]) : [];
  const isScope = (value: unknown): value is string =>
    typeof value === "string" && /^(?:https:\/\/|openid$|email$)/.test(value);
  if (scopes.length === 0 || !scopes.every(isScope)) throw wrong("Request contains an invalid argument.");
  const { accessToken, expiresAtMs } = await issueAccessToken(call.state, {
    subject: account.uniqueId,
    clientId: account.uniqueId,
    scopes,
    lifetimeSeconds: readLifetime(lifetime),
    prefix: "ya29.c.c0",
  });
  // gcloud fails on fractions of a second.
  return { accessToken, expireTime: new Date(expiresAtMs).toISOString().replace(/\.\d+Z$/, "Z") };
}

/**
 * Walks from the caller over the delegates to the account, each allowed by the policy of the next: `implicitDelegation` to
 * pass through a delegate, `permission` on the account itself.
 */
function impersonate({ state, caller, path: { name = "" }, body }: MethodCall, permission: string): AccountRecord {
  const delegates = body["delegates"] ?? [];
  if (!Array.isArray(delegates)) throw wrong("Request contains an invalid argument.");
  let current = caller;
  for (const delegate of delegates as unknown[]) {
    const match = /^(?:projects\/-\/serviceAccounts\/)?([^/]+)$/.exec(String(delegate));
    if (!match?.[1]) throw wrong("Request contains an invalid argument.");
    const account = authorize(state, current, match[1], "iam.serviceAccounts.implicitDelegation");
    const { email, uniqueId } = account;
    current = { principal: { kind: "serviceAccount", email, subject: uniqueId, state: "active" } };
  }
  const [, project, , emailOrId = ""] = name.split("/");
  // The project is the account's own, and only `-` says so.
  if (project !== "-") throw wrong("Request contains an invalid argument.");
  return authorize(state, current, emailOrId, permission);
}

function authorize(state: State, caller: Caller, emailOrId: string, permission: string): AccountRecord {
  const account = state.findAccount(emailOrId);
  if (!account || account.state === "deleted") {
    throw new ApiFailure("NOT_FOUND", `Not found; Gaia id not found for email ${emailOrId}`);
  }
  if (!holds(state, caller, permission, formatServiceAccountName(account.email, account.project))) {
    throw new ApiFailure("PERMISSION_DENIED", `Permission '${permission}' denied on resource (or it may not exist).`, [
      errorInfo("IAM_PERMISSION_DENIED", { permission }, "iam.googleapis.com"),
    ]);
  }
  if (account.state === "disabled") {
    throw new ApiFailure("FAILED_PRECONDITION", `Service account ${account.email} is disabled.`);
  }
  return account;
}

/** `3600s` at most: more needs an organisation policy. */
function readLifetime(value: unknown): number {
  if (value === undefined || value === null) return tokenLifetimeSeconds;
  const seconds = typeof value === "string" ? Number(/^(\d+)(?:\.\d+)?s$/.exec(value)?.[1]) : Number.NaN;
  if (!(seconds > 0 && seconds <= tokenLifetimeSeconds)) {
    throw wrong(
      "The access token lifetime cannot exceed 3600 seconds; it can be extended up to 43200 seconds by an organization policy.",
    );
  }
  return seconds;
}

/** Google's own Python library sends its booleans as text. */
function isTrue(value: unknown): boolean {
  return value === true || value === "true";
}

function wrong(message: string): ApiFailure {
  return new ApiFailure("INVALID_ARGUMENT", message);
}
