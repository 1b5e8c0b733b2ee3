import assert from "node:assert/strict";
import { test } from "node:test";
import type { Credential } from "./credential.ts";
import { ApiError } from "../google/call.ts";
import type { ErrorCode } from "../core/errors.ts";
import { errorInfo } from "../google/status.ts";
import type { ErrorDetail } from "../google/status.ts";
import { explainRefusal } from "./impersonation-error.ts";

const credential: Credential = {
  kind: "authorized_user",
  principal: "dev@example.com",
  member: "user:dev@example.com",
  source: "gcloud's account dev@example.com",
  fingerprint: "f",
  canChooseAudience: false,
  givesIdToken: true,
  givesAccessToken: true,
  accessToken: () => Promise.reject(new Error("not asked")),
  idToken: () => Promise.reject(new Error("not asked")),
};
const target = "invoker@p.iam.gserviceaccount.com";
const refusal = (code: ErrorCode, message: string, ...details: readonly ErrorDetail[]): ApiError =>
  new ApiError({ code, message }, { httpStatus: 403, status: "", details });
const denied = refusal(
  "permission_denied",
  "Permission 'iam.serviceAccounts.getOpenIdToken' denied on resource (or it may not exist).",
  errorInfo("IAM_PERMISSION_DENIED", { permission: "iam.serviceAccounts.getOpenIdToken" }, "iam.googleapis.com"),
);

test("a missing permission is named with who lacks it, and the grant that repairs it", () => {
  const error = explainRefusal(denied, credential, [target]);
  assert.equal(error.code, "permission_denied");
  assert.equal(
    error.message,
    `dev@example.com may not get ID tokens of ${target}: iam.serviceAccounts.getOpenIdToken is missing`,
  );
  assert.equal(error.fix, `Grant it: runpass grant ${target} --to user:dev@example.com`);
});

test("access tokens, as a metadata server hands them out, need another role than ID tokens", () => {
  const permission = "iam.serviceAccounts.getAccessToken";
  const error = explainRefusal(
    refusal("permission_denied", "denied", errorInfo("IAM_PERMISSION_DENIED", { permission }, "iam.googleapis.com")),
    credential,
    [target],
  );
  assert.equal(error.message, `dev@example.com may not get access tokens of ${target}: ${permission} is missing`);
  const role = "--role roles/iam.serviceAccountTokenCreator";
  assert.equal(error.fix, `Grant it: runpass grant ${target} ${role} --to user:dev@example.com`);
});

test("along a chain each account needs a role on the next", () => {
  const middle = "middle@p.iam.gserviceaccount.com";
  const error = explainRefusal(denied, credential, [middle, target]);
  const role = "--role roles/iam.serviceAccountTokenCreator";
  assert.equal(
    error.fix,
    `Grant it: runpass grant ${middle} ${role} --to user:dev@example.com && ` +
      `runpass grant ${target} ${role} --to serviceAccount:${middle}`,
  );
});

test("a user without a known e-mail is described, and is yourself in the repair", () => {
  const { principal: _principal, member: _member, ...unknown } = credential;
  const error = explainRefusal(denied, { ...unknown, source: "adc.json" }, [target]);
  assert.match(error.message, /^the user of adc\.json may not/);
  assert.equal(error.fix, `Grant it: runpass grant ${target}`);
});

test("an API that is switched off is not taken for a missing role", () => {
  const disabled = errorInfo("SERVICE_DISABLED", {
    consumer: "projects/123",
    service: "iamcredentials.googleapis.com",
  });
  const error = explainRefusal(refusal("permission_denied", "It is disabled.", disabled), credential, [target]);
  assert.match(error.fix ?? "", /gcloud services enable iamcredentials\.googleapis\.com --project 123$/);
});

test("an account that does not exist, a wrong one and a rejected token each have their own way on", () => {
  const codes = ["not_found", "invalid_argument", "credentials_rejected", "google_unreachable"] as const;
  const errors = codes.map((code) => explainRefusal(refusal(code, "Google's words"), credential, [target]));
  assert.deepEqual(
    errors.map(({ code }) => code),
    codes,
  );
  assert.match(errors[0]?.fix ?? "", /service-accounts list/);
  assert.match(errors[1]?.message ?? "", /invoker@/);
  assert.match(errors[2]?.fix ?? "", /gcloud auth login/);
});
