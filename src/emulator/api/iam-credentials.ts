import { issueAccessToken, issueAccountIdToken, tokenLifetimeSeconds } from "../issue-tokens.ts";
import { iamSignMethods } from "./iam-sign.ts";
import { impersonate } from "./impersonate.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { ApiFailure } from "./route.ts";

const service = "google.iam.credentials.v1.IAMCredentials";
const path = "/v1/{name=projects/*/serviceAccounts/*}";

/** iamcredentials.googleapis.com v1. Source: google/iam/credentials/v1/common.proto. */
export const iamCredentialsMethods: readonly ApiMethod[] = [
  {
    id: `${service}.GenerateIdToken`,
    route: `POST ${path}:generateIdToken`,
    request: {
      name: "string",
      audience: "string",
      delegates: ["string"],
      includeEmail: "bool",
      organizationNumberIncluded: "bool",
      useEmailAzp: "bool", // in no proto that is published; Google's libraries send it
    },
    handle: generateIdToken,
  },
  {
    id: `${service}.GenerateAccessToken`,
    route: `POST ${path}:generateAccessToken`,
    request: { name: "string", scope: ["string"], lifetime: "string", delegates: ["string"] },
    handle: generateAccessToken,
  },
  { id: `${service}.GetAllowedLocations`, route: `GET ${path}/allowedLocations`, handle: getAllowedLocations },
  ...iamSignMethods,
];

async function generateIdToken(call: MethodCall): Promise<object> {
  const account = impersonate(call, "iam.serviceAccounts.getOpenIdToken");
  const { audience, includeEmail, useEmailAzp, organizationNumberIncluded } = call.body;
  if (typeof audience !== "string" || audience === "") throw wrong("Audience is required.");
  const token = await issueAccountIdToken(call.state, account, {
    audience,
    includeEmail: includeEmail === true,
    emailAsAzp: useEmailAzp === true,
    ...(organizationNumberIncluded === true ? { google: { organization_number: null } } : {}),
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

/** From everywhere: there are no trust boundaries. Google's libraries ask where they are told that there may be some. */
function getAllowedLocations(): object {
  return { locations: [], encodedLocations: "0x0" };
}

function wrong(message: string): ApiFailure {
  return new ApiFailure("INVALID_ARGUMENT", message);
}
