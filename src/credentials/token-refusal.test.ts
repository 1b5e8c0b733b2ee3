import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErrorCode } from "../core/errors.ts";
import { explainTokenRefusal } from "./token-refusal.ts";
import type { TokenParty } from "./token-party.ts";

const user: TokenParty = {
  tokenUrl: "https://oauth2.googleapis.com/token",
  source: "gcloud's account dev@example.com",
  fix: "Log in again: gcloud auth login dev@example.com",
  secrets: [],
};
const robot = "robot@p.iam.gserviceaccount.com";
const key: TokenParty = {
  ...user,
  source: "key.json",
  fix: "See whether the key is still there",
  account: robot,
  isGrant: false,
};

type Row = readonly [party: TokenParty, error: string, description: string | undefined, code: ErrorCode, fix: RegExp];

const rows: readonly Row[] = [
  [user, "invalid_grant", "reauth related error (invalid_rapt)", "reauthentication_required", /gcloud auth login dev@/],
  [
    user,
    "invalid_grant",
    "reauth related error (rapt_required)",
    "reauthentication_required",
    /gcloud auth login dev@/,
  ],
  [user, "invalid_grant", "Token has been expired or revoked.", "grant_revoked", /gcloud auth login dev@/],
  [user, "invalid_grant", "Bad Request", "grant_revoked", /gcloud auth login dev@/],
  [user, "invalid_grant", "The account has been deleted", "account_deleted", /another account/],
  [key, "invalid_grant", "Invalid grant: account not found", "account_deleted", /undelete/],
  [key, "invalid_grant", "Invalid email or User ID", "account_deleted", /undelete/],
  [user, "invalid_grant", "Account disabled", "account_disabled", /administrator/],
  [key, "invalid_grant", "Invalid grant: account disabled", "account_disabled", /service-accounts enable robot@/],
  [user, "invalid_scope", "Bad Request", "scope_missing", /gcloud auth login dev@/],
  [user, "invalid_client", "The OAuth client was not found.", "oauth_client_unknown", /gcloud auth login dev@/],
  [user, "deleted_client", undefined, "oauth_client_unknown", /gcloud auth login dev@/],
  [
    key,
    "invalid_grant",
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.",
    "clock_skew",
    /clock/,
  ],
  [key, "invalid_grant", "Invalid JWT Signature.", "credentials_rejected", /whether the key is still there/],
  [key, "invalid_grant", "Bad Request", "credentials_rejected", /whether the key is still there/],
  [user, "unauthorized_client", "Unauthorized", "credentials_rejected", /gcloud auth login/],
];

test("each of Google's refusals has a code, and a way on for this very credential", () => {
  for (const [party, error, description, code, fix] of rows) {
    const body = { error, ...(description === undefined ? {} : { error_description: description }) };
    const explained = explainTokenRefusal(body, party, "Google's words", undefined);
    assert.equal(explained.code, code, description);
    assert.match(explained.fix ?? "", fix, description);
    assert.ok(explained.message.includes(party.source), explained.message);
    assert.equal(explained.why, "Google's words");
  }
});

test("reauthentication is told by Google's subtype too, whatever the description says", () => {
  const body = { error: "invalid_grant", error_description: "Bad Request", error_subtype: "rapt_required" };
  assert.equal(explainTokenRefusal(body, user, "", undefined).code, "reauthentication_required");
});

test("how wrong the clock is, is said where the answer tells", () => {
  const body = { error: "invalid_grant", error_description: "Invalid JWT: Token must be a short-lived token" };
  const why = (leadMs: number | undefined): string | undefined =>
    explainTokenRefusal(body, key, "Invalid JWT", leadMs).why;
  assert.equal(why(3_600_000), "this machine's clock is 60 min ahead of Google's: Invalid JWT");
  assert.equal(why(-600_000), "this machine's clock is 10 min behind Google's: Invalid JWT");
  assert.equal(why(1000), "Invalid JWT");
  assert.equal(why(undefined), "Invalid JWT");
});
