import assert from "node:assert/strict";
import test from "node:test";
import { createApiClient } from "../../../test/support/api-client.ts";
import type { ApiClient } from "../../../test/support/api-client.ts";
import { startBackend } from "../../../test/support/loopback.ts";
import { createMovableClock } from "../../core/clock.ts";
import { exportState } from "../state/export-state.ts";
import { createKeyPair } from "../keys.ts";
import type { KeyPair } from "../keys.ts";
import { mintSubjectToken } from "../federation/test-issuer.ts";
import { signInToWorkforce } from "../federation/workforce-sign-in.ts";
import { issueAccountIdToken } from "../issue-tokens.ts";
import { providerKind } from "../federation/records.ts";
import { sign } from "node:crypto";
import type { ApiAnswer } from "./route.ts";
import { defaultWorld } from "../world/world.ts";
import type { World } from "../world/world.ts";
import type { WorldIdentityProvider } from "../world/world-pools.ts";

const invoker = "invoker@demo-project.iam.gserviceaccount.com";
const pool = "iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/ci-pool";
const staff = "iam.googleapis.com/locations/global/workforcePools/staff";
const audience = `//${pool}/providers/ci-provider`;

function worldWith(members: readonly string[], provider: Partial<WorldIdentityProvider> = {}): World {
  return {
    ...defaultWorld,
    serviceAccounts: [
      {
        id: "invoker",
        project: "demo-project",
        bindings: [{ role: "roles/iam.serviceAccountOpenIdTokenCreator", members }],
      },
    ],
    workloadIdentityPools: [
      { id: "ci-pool", project: "demo-project", providers: [{ id: "ci-provider", ...provider }] },
    ],
    workforcePools: [{ id: "staff", providers: [{ id: "sign-in" }] }],
  };
}

function exchange(client: ApiClient, token: string, more: Readonly<Record<string, string>> = {}): Promise<ApiAnswer> {
  return client.form("POST sts.googleapis.com/v1/token", {
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    audience,
    requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    scope: "https://www.googleapis.com/auth/cloud-platform",
    subject_token: token,
    ...more,
  });
}

function generateIdToken(client: ApiClient, answer: ApiAnswer): Promise<ApiAnswer> {
  const { access_token: token } = answer.body as { access_token: string };
  const route = `POST iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${invoker}:generateIdToken`;
  return client.send(route, { authorization: `Bearer ${token}` }, '{"audience":"https://a.example"}');
}

const mapping = {
  "google.subject": "assertion.sub",
  "google.groups": "assertion.groups",
  "attribute.repository": "assertion.repository",
};

test("a federated identity may act as a service account through each member that means it, and through no other", async () => {
  const claims = { groups: ["builders"], repository: "acme/web" };
  const cases: readonly (readonly [member: string, status: number])[] = [
    [`principal://${pool}/subject/job-1`, 200],
    [`principal://${pool}/subject/job-2`, 403],
    [`principal://${staff}/subject/job-1`, 403],
    [`principalSet://${pool}/group/builders`, 200],
    [`principalSet://${pool}/group/others`, 403],
    [`principalSet://${pool}/attribute.repository/acme/web`, 200],
    [`principalSet://${pool}/attribute.repository/acme`, 403],
    [`principalSet://${pool}/attribute.other/acme/web`, 403],
    [`principalSet://${pool}/*`, 200],
    [`principalSet://${staff}/*`, 403],
    ["allAuthenticatedUsers", 403],
    ["allUsers", 200],
  ];
  for (const [member, status] of cases) {
    const client = createApiClient(worldWith([member], { attributeMapping: mapping }));
    const token = await mintSubjectToken(client.clock, { subject: "job-1", audience: `https:${audience}`, claims });
    const answer = await generateIdToken(client, await exchange(client, token));
    assert.equal(answer.status, status, member);
  }
});

test("an exchange takes the API's own JSON form, too, and says what is wrong with it in Google's words", async () => {
  const client = createApiClient(worldWith([]));
  const token = await mintSubjectToken(client.clock, { subject: "job-1", audience: `https:${audience}` });
  const json = {
    grantType: "urn:ietf:params:oauth:grant-type:token-exchange",
    audience,
    requestedTokenType: "urn:ietf:params:oauth:token-type:access_token",
    subjectTokenType: "urn:ietf:params:oauth:token-type:id_token",
    scope: "https://www.googleapis.com/auth/cloud-platform",
    subjectToken: token,
  };
  const headers = { "content-type": "application/json" };
  const answer = await client.send("POST sts.googleapis.com/v1/token", headers, JSON.stringify(json));
  assert.equal(answer.status, 200);
  const wrong: readonly (readonly [more: Record<string, string>, error: string, text: string])[] = [
    [{ grant_type: "password" }, "unsupported_grant_type", 'Invalid value for "grant_type".'],
    [{ audience: "//iam.googleapis.com/x" }, "invalid_request", 'Invalid value for "audience".'],
    [{ requested_token_type: "x" }, "invalid_request", "Invalid value of requested_token_type in request."],
    [{ scope: "" }, "invalid_request", "Scope(s) must be provided."],
    [
      { subject_token_type: "urn:ietf:params:oauth:token-type:saml2" },
      "invalid_request",
      'Invalid value for "subject_token_type".',
    ],
    [{ subject_token: "" }, "invalid_request", 'Invalid value for "subject_token".'],
  ];
  for (const [more, error, description] of wrong) {
    const { status, body } = await exchange(client, token, more);
    assert.deepEqual({ status, body }, { status: 400, body: { error, error_description: description } });
  }
});

test("once a provider is disabled it takes no token, and what it has vouched for before is worth nothing", async () => {
  const client = createApiClient(worldWith([`principalSet://${pool}/*`]));
  const token = await mintSubjectToken(client.clock, { subject: "job-1", audience: `https:${audience}` });
  const before = await exchange(client, token);
  assert.equal((await generateIdToken(client, before)).status, 200);
  const [provider] = client.state.store.list(providerKind);
  assert.ok(provider);
  await client.state.store.put(providerKind, provider.name, { ...provider, active: false });
  assert.equal((await exchange(client, token)).status, 400);
  assert.equal((await generateIdToken(client, before)).status, 401);
});

function signAs({ kid, privateKey }: KeyPair, claims: object): string {
  const parts = [{ alg: "RS256", kid }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
  return `${parts.join(".")}.${sign("RSA-SHA256", Buffer.from(parts.join(".")), privateKey).toString("base64url")}`;
}

test("an issuer's keys are found by discovery, new ones at once; where it cannot be asked, nobody is taken", async () => {
  const [old, young] = await Promise.all([createKeyPair("old-"), createKeyPair("young-")]);
  let published = old;
  let issuer = "";
  await using backend = await startBackend((request, response) => {
    const { kid, publicKey } = published;
    const jwks = { keys: [{ ...publicKey.export({ format: "jwk" }), kid }] };
    response.end(JSON.stringify(request.url === "/jwks" ? jwks : { issuer, jwks_uri: `${backend.url.origin}/jwks` }));
  });
  issuer = backend.url.origin;
  const client = createApiClient(worldWith([], { issuer }));
  const iat = Math.floor(client.clock.nowMs() / 1000);
  const claims = { iss: issuer, sub: "job-1", aud: audience, iat, exp: iat + 60 };
  assert.equal((await exchange(client, signAs(old, claims))).status, 200);
  assert.equal((await exchange(client, signAs(young, claims))).status, 400);
  published = young;
  assert.equal((await exchange(client, signAs(young, claims))).status, 200);
  const unreachable = {
    error: "invalid_grant",
    error_description: "Error connecting to the given credential's issuer.",
  };
  issuer = "https://somebody-else.example";
  assert.deepEqual((await exchange(client, signAs(young, claims))).body, unreachable);
  await backend[Symbol.asyncDispose]();
  assert.deepEqual((await exchange(client, signAs(young, claims))).body, unreachable);
});

test("an ID token of the emulator's Google is a subject token where its issuer is trusted", async () => {
  const client = createApiClient(worldWith([], { issuer: "https://accounts.google.com" }));
  const account = client.state.findAccount(invoker);
  assert.ok(account);
  const token = await issueAccountIdToken(client.state, account, { audience, includeEmail: false, emailAsAzp: false });
  assert.equal((await exchange(client, token)).status, 200);
});

test("a sign-in to a workforce pool is refreshed by its client, shown by introspection, and revoked with all that came of it", async () => {
  const client = createApiClient(worldWith([`principalSet://${staff}/group/admins`]));
  const provider = client.state.store.list(providerKind).find(({ name }) => name.includes("workforcePools"));
  assert.ok(provider);
  const key = await signInToWorkforce(client.state, provider, { pool: "staff", subject: "ann", groups: ["admins"] });
  const basic = (secret: string): string => `Basic ${Buffer.from(secret).toString("base64")}`;
  const refresh = (authorization: string): Promise<ApiAnswer> =>
    client.send(
      "POST sts.googleapis.com/v1/oauthtoken",
      { authorization, "content-type": "application/x-www-form-urlencoded" },
      new URLSearchParams({ grant_type: "refresh_token", refresh_token: key.refresh_token }).toString(),
    );
  const answer = await refresh(basic(`${key.client_id}:${key.client_secret}`));
  assert.equal((await generateIdToken(client, answer)).status, 200);
  assert.equal((await refresh(basic("somebody:else"))).status, 401);
  const { access_token: token } = answer.body as { access_token: string };
  const shown = (await client.form("POST sts.googleapis.com/v1/introspect", { token })).body as Record<string, unknown>;
  assert.deepEqual([shown["active"], shown["username"]], [true, `principal://${staff}/subject/ann`]);
  await client.form("POST sts.googleapis.com/v1/revoke", { token: key.refresh_token });
  assert.deepEqual((await client.form("POST sts.googleapis.com/v1/introspect", { token })).body, { active: false });
  assert.equal((await refresh(basic(`${key.client_id}:${key.client_secret}`))).status, 400);
  assert.equal((await generateIdToken(client, answer)).status, 401);
});

test("a subject token lives by the emulator's time", async () => {
  const clock = createMovableClock();
  const client = createApiClient(worldWith([]));
  clock.advanceMs(-7_200_000);
  const token = await mintSubjectToken(clock, { subject: "job-1", audience });
  assert.match(JSON.stringify((await exchange(client, token)).body), /stale to sign-in/);
});

test("a sign-in to a workforce pool is a secret that an export leaves out unless asked for", async () => {
  const client = createApiClient(worldWith([]));
  const provider = client.state.store.list(providerKind).find(({ name }) => name.includes("workforcePools"));
  assert.ok(provider);
  const key = await signInToWorkforce(client.state, provider, { pool: "staff", subject: "ann" });
  const nowMs = client.clock.nowMs();
  assert.ok(!(await exportState(client.state.store, nowMs, false)).includes(key.refresh_token));
  assert.ok((await exportState(client.state.store, nowMs, true)).includes(key.refresh_token));
});
