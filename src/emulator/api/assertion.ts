import { decodeJwt } from "../../google/id-token.ts";
import type { AccountRecord } from "../state/records.ts";
import type { State } from "../state/state.ts";
import { isShortLived, isSignedBy } from "./account-jwt.ts";
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
  if (!isSignedBy(state, assertion, jwt.header, account)) throw invalid("Invalid JWT Signature.");
  if (account.state === "disabled") throw invalid("Invalid grant: account disabled");
  if (typeof aud !== "string" || !audiences.test(aud)) {
    throw invalid("Invalid JWT: Failed audience check. The right audience is https://oauth2.googleapis.com/token");
  }
  if (!isShortLived(state, iat, exp)) {
    throw invalid(
      "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.",
    );
  }
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

function invalid(description: string): OAuthFailure {
  return new OAuthFailure("invalid_grant", description);
}
