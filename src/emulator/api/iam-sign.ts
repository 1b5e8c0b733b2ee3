import { sign } from "node:crypto";
import { findSigningKey } from "../account-signing-key.ts";
import { impersonate } from "./impersonate.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { ApiFailure } from "./route.ts";

const service = "google.iam.credentials.v1.IAMCredentials";
const path = "/v1/{name=projects/*/serviceAccounts/*}";

/** How far ahead a JWT that an account signs may end. Source: IAM Credentials, `SignJwtRequest.payload`. */
const maxAheadSeconds = 12 * 3600;

/** What iamcredentials.googleapis.com v1 signs for an account. Source: google/iam/credentials/v1/common.proto. */
export const iamSignMethods: readonly ApiMethod[] = [
  {
    id: `${service}.SignJwt`,
    route: `POST ${path}:signJwt`,
    request: { name: "string", payload: "string", delegates: ["string"] },
    handle: signJwt,
  },
  {
    id: `${service}.SignBlob`,
    route: `POST ${path}:signBlob`,
    request: { name: "string", payload: "bytes", delegates: ["string"] },
    handle: signBlob,
  },
];

async function signJwt(call: MethodCall): Promise<object> {
  const account = impersonate(call, "iam.serviceAccounts.signJwt");
  const { payload } = call.body;
  const claims = typeof payload === "string" ? parseClaims(payload) : undefined;
  if (!claims) throw wrong("The payload must be a serialized JSON object of JWT claims.");
  const { exp } = claims;
  if (exp !== undefined && !(typeof exp === "number" && exp <= call.state.clock.nowMs() / 1000 + maxAheadSeconds)) {
    throw wrong("The expiration time of the JWT must be a number, and within the next 12 hours.");
  }
  const { kid, privateKey } = await findSigningKey(call.state, account);
  const header = JSON.stringify({ alg: "RS256", kid, typ: "JWT" });
  const content = [header, payload as string].map((part) => Buffer.from(part).toString("base64url")).join(".");
  const signature = sign("RSA-SHA256", Buffer.from(content), privateKey).toString("base64url");
  return { keyId: kid, signedJwt: `${content}.${signature}` };
}

async function signBlob(call: MethodCall): Promise<object> {
  const account = impersonate(call, "iam.serviceAccounts.signBlob");
  const { payload } = call.body;
  if (typeof payload !== "string" || payload === "") throw wrong("Request contains an invalid argument.");
  const { kid, privateKey } = await findSigningKey(call.state, account);
  const signedBlob = sign("RSA-SHA256", Buffer.from(payload, "base64"), privateKey).toString("base64");
  return { keyId: kid, signedBlob };
}

function parseClaims(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined; // said by the caller
  }
}

function wrong(message: string): ApiFailure {
  return new ApiFailure("INVALID_ARGUMENT", message);
}
