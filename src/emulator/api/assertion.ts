import { createPublicKey, verify } from "node:crypto";
import { decodeJwt } from "../../google/id-token.ts";
import { accountKeyKind } from "../records.ts";
import type { AccountRecord } from "../records.ts";
import type { State } from "../state.ts";
import { OAuthFailure } from "./oauth-form.ts";

/** What a service account's signed assertion asks for. */
export interface Assertion {
  readonly account: AccountRecord;
  /** `target_audience`: an ID token is wanted. */
  readonly audience?: string;
  readonly scopes: readonly string[];
}

/** For whom an assertion may be. Clients put in the address that they send it to, so the emulator's own counts too. */
const audiences =
  /^(?:https:\/\/(?:(?:oauth2|www)\.googleapis\.com|accounts\.google\.com|oauth2\.mtls\.googleapis\.com)|http:\/\/(?:127\.0\.0\.1|localhost)(?::\d+)?)(?:\/token|\/oauth2\/v[34]\/token|\/o\/oauth2\/token)$/;

const maxLifetimeSeconds = 3600;
/** How far clocks may differ. Unpublished. */
const clockSkewSeconds = 300;

/**
 * Verifies a service account's assertion: form, key, signature, issuer, audience and times. Source: RFC 7523 §3; texts observed.
 *
 * @throws {OAuthFailure} `invalid_grant` with Google's description.
 */
export function readAssertion(state: State, assertion: string): Assertion {
  const jwt = decodeJwt(assertion);
  if (!jwt) throw invalid("Bad Request");
  const { iss, aud, iat, exp, sub, target_audience: audience, scope } = jwt.payload;
  if (typeof iss !== "string")
    throw invalid("Invalid JWT: Failed audience check. The right audience is https://oauth2.googleapis.com/token");
  const account = state.findAccount(iss);
  if (!account) throw invalid("Invalid grant: account not found");
  if (account.state === "deleted") throw invalid("The account has been deleted");
  verifySignature(state, assertion, jwt.header, account);
  if (account.state === "disabled") throw invalid("Invalid grant: account disabled");
  if (typeof aud !== "string" || !audiences.test(aud)) {
    throw invalid("Invalid JWT: Failed audience check. The right audience is https://oauth2.googleapis.com/token");
  }
  checkTimes(state, iat, exp);
  if (sub !== undefined && sub !== iss) {
    throw new OAuthFailure(
      "unauthorized_client",
      "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.",
      401,
    );
  }
  return {
    account,
    ...(typeof audience === "string" && audience !== "" ? { audience } : {}),
    scopes: typeof scope === "string" ? scope.split(/[ ,]+/).filter((each) => each !== "") : [],
  };
}

function verifySignature(
  state: State,
  assertion: string,
  header: Readonly<Record<string, unknown>>,
  account: AccountRecord,
): void {
  const keys = state.store.list(accountKeyKind).filter((key) => key.account === account.uniqueId);
  const named = header["kid"] === undefined ? keys : keys.filter(({ id }) => id === header["kid"]);
  const now = state.clock.nowMs();
  const valid = named.filter(({ validBeforeMs, isDisabled }) => validBeforeMs > now && !isDisabled);
  const lastDot = assertion.lastIndexOf(".");
  const content = Buffer.from(assertion.slice(0, lastDot));
  const signature = Buffer.from(assertion.slice(lastDot + 1), "base64url");
  const isSigned = valid.some(({ publicKey }) => verify("RSA-SHA256", content, createPublicKey(publicKey), signature));
  if (header["alg"] !== "RS256" || !isSigned) throw invalid("Invalid JWT Signature.");
}

function checkTimes(state: State, iat: unknown, exp: unknown): void {
  const now = state.clock.nowMs() / 1000;
  const isReasonable =
    typeof iat === "number" &&
    typeof exp === "number" &&
    exp > now - clockSkewSeconds &&
    iat < now + clockSkewSeconds &&
    exp > iat &&
    exp - iat <= maxLifetimeSeconds + clockSkewSeconds;
  if (!isReasonable) {
    throw invalid(
      "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.",
    );
  }
}

function invalid(description: string): OAuthFailure {
  return new OAuthFailure("invalid_grant", description);
}
