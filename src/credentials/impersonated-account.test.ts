import assert from "node:assert/strict";
import { test } from "node:test";
import { startGoogleStub } from "../../test/support/google-stub.ts";
import type { GoogleStub, StubAnswer, StubRequest } from "../../test/support/google-stub.ts";
import type { Credential } from "./credential.ts";
import { parseCredential } from "./parse-credential.ts";

const email = (id: string): string => `${id}@demo-project.iam.gserviceaccount.com`;
const user = { type: "authorized_user", client_id: "c", client_secret: "s", refresh_token: "r" };
const audience = "https://my-service-1.us-central1.run.app";

function google({ path }: StubRequest): StubAnswer {
  if (path === "/token") return { body: { access_token: "ya29.user", expires_in: 3599 } };
  if (path === "/v1/oauthtoken") return { body: { access_token: "ya29.workforce", expires_in: 3599 } };
  if (path.endsWith(":generateIdToken")) return { body: { token: "the-id-token" } };
  return { body: { accessToken: "ya29.account", expireTime: "2026-01-01T01:00:00Z" } };
}

function parse(stub: GoogleStub, fields: object): Credential {
  const url = `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${email("invoker")}:generateAccessToken`;
  const file = {
    type: "impersonated_service_account",
    service_account_impersonation_url: url,
    source_credentials: user,
  };
  return parseCredential(stub.context(), JSON.stringify({ ...file, ...fields }), {
    source: "adc.json",
    login: "gcloud auth application-default login",
  });
}

test("an account that a file says to act as: two requests, with its delegates, and for APIs its own access token", async (t) => {
  const stub = await startGoogleStub(t, google);
  const delegates = [`projects/-/serviceAccounts/${email("first-one")}`, email("second-one")];
  const credential = parse(stub, { delegates, quota_project_id: "payer" });
  assert.deepEqual([credential.kind, credential.principal], ["impersonated_service_account", email("invoker")]);
  await credential.idToken(audience, { includeEmail: true });
  assert.deepEqual(JSON.parse(stub.requests[1]?.body ?? ""), {
    audience,
    includeEmail: true,
    delegates: [email("first-one"), email("second-one")].map((one) => `projects/-/serviceAccounts/${one}`),
  });
  assert.equal(stub.requests.length, 2);
  assert.equal(await credential.accessToken(), "ya29.account");
  assert.equal(credential.quotaProject, "payer");
  await assert.rejects(credential.idToken(), { code: "invalid_argument" });
});

test("its source may be of any kind, a user of a workforce pool too, who has no ID token alone", async (t) => {
  const stub = await startGoogleStub(t, google);
  const workforce = {
    type: "external_account_authorized_user",
    audience: "//iam.googleapis.com/locations/global/workforcePools/staff/providers/okta",
    client_id: "client",
    client_secret: "secret",
    refresh_token: "refresh",
    token_url: "https://sts.googleapis.com/v1/oauthtoken",
  };
  assert.equal((await parse(stub, { source_credentials: workforce }).idToken(audience)).token, "the-id-token");
  const [refresh, mint] = stub.requests;
  assert.equal(refresh?.headers["authorization"], `Basic ${btoa("client:secret")}`);
  assert.deepEqual(Object.fromEntries(new URLSearchParams(refresh?.body)), {
    grant_type: "refresh_token",
    refresh_token: "refresh",
  });
  assert.equal(mint?.headers["authorization"], "Bearer ya29.workforce");
  assert.equal(stub.requests.length, 2);
  const alone = parseCredential(stub.context(), JSON.stringify(workforce), {
    source: "adc.json",
    login: "gcloud auth login",
  });
  assert.equal(alone.givesIdToken, false);
  await assert.rejects(alone.idToken(audience), { code: "id_token_unavailable", fix: /--as SERVICE_ACCOUNT/ });
});

test("an account that is disabled, and a token of too small a scope, are errors of their own", async (t) => {
  const refusals = [
    [400, "FAILED_PRECONDITION", `Service account ${email("invoker")} is disabled.`, [], "account_disabled"],
    [
      403,
      "PERMISSION_DENIED",
      "Request had insufficient authentication scopes.",
      [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT" }],
      "scope_missing",
    ],
  ] as const;
  for (const [code, status, message, details, expected] of refusals) {
    const stub = await startGoogleStub(t, (request) =>
      request.path === "/token"
        ? google(request)
        : { status: code, body: { error: { code, message, status, details } } },
    );
    await assert.rejects(parse(stub, {}).idToken(audience), { code: expected, fix: /gcloud/ });
  }
});

test("a file whose parts do not fit is refused", async (t) => {
  const stub = await startGoogleStub(t, google);
  let nested: object = user;
  for (let depth = 0; depth < 5; depth++) {
    nested = {
      type: "impersonated_service_account",
      service_account_impersonation_url: "x",
      source_credentials: nested,
    };
  }
  for (const fields of [
    { source_credentials: undefined },
    { source_credentials: [] },
    { source_credentials: { type: "unheard_of" } },
    { source_credentials: nested },
    { delegates: "someone" },
    { delegates: ["someone"] },
    { service_account_impersonation_url: undefined },
    { service_account_impersonation_url: "http://example.com/v1/projects/-/serviceAccounts/a@b.c:generateAccessToken" },
    { service_account_impersonation_url: "https://example.com/v1/projects/-/serviceAccounts/%:generateAccessToken" },
  ]) {
    assert.throws(() => parse(stub, fields), { code: "credentials_invalid" }, JSON.stringify(fields));
  }
});
