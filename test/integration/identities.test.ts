import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Context } from "../../src/core/context.ts";
import { loadSqlite } from "../../src/core/sqlite.ts";
import { resolveCredential } from "../../src/credentials/resolve.ts";
import { createEmulator } from "../../src/emulator/create-emulator.ts";
import { defaultWorld } from "../../src/emulator/world/world.ts";
import type { World } from "../../src/emulator/world/world.ts";
import { callApi } from "../../src/google/call.ts";
import { createFetch } from "../../src/http/fetch.ts";
import { getIdToken } from "../../src/tokens/id-tokens.ts";

interface Setup extends AsyncDisposable {
  readonly context: Context;
  /** gcloud's directory. */
  readonly directory: string;
  readonly serviceUrl: string;
  /** Paths that the client asked for, in order. */
  readonly requests: string[];
  readonly warnings: string[];
  /** Status that the service's front end gives a token. */
  call(token: string): Promise<number>;
  stopEmulator(): Promise<void>;
}

/** The client in this process, with the environment that an emulator gives to child processes. */
async function setUp(change: Partial<World> = {}): Promise<Setup> {
  const emulator = await createEmulator({ ...defaultWorld, ...change });
  const files = await mkdtemp(join(tmpdir(), "runpass-test-"));
  const variables = await emulator.prepareEnvironment(files, {});
  const environment = { variables, homeDir: "/nonexistent", platform: process.platform };
  const fetch = createFetch({ environment }, { wait: async () => {} });
  const requests: string[] = [];
  const warnings: string[] = [];
  const serviceUrl = emulator.serviceUrl("my-service");
  return {
    context: {
      environment,
      clock: emulator.clock,
      fetch: (url, init) => {
        requests.push(new URL(url).pathname);
        return fetch(url, init);
      },
      log: { debug: () => {}, info: () => {}, warn: (message) => warnings.push(message) },
    },
    directory: variables["CLOUDSDK_CONFIG"]!,
    serviceUrl,
    requests,
    warnings,
    call: async (token) => (await fetch(serviceUrl, { headers: { authorization: `Bearer ${token}` } })).status,
    stopEmulator: () => emulator.close(),
    [Symbol.asyncDispose]: async () => {
      await emulator.close();
      await rm(files, { recursive: true });
    },
  };
}

const developer = "user:dev@example.com";
const email = (id: string): string => `${id}@demo-project.iam.gserviceaccount.com`;
const invoker = email("invoker");
const tokenCreator = "roles/iam.serviceAccountTokenCreator";

/** The default service, which these members may call. */
function servicesFor(...members: readonly string[]): Pick<World, "services"> {
  const bindings = [{ role: "roles/run.invoker", members }];
  return { services: defaultWorld.services.map((service) => ({ ...service, bindings })) };
}

const account = (id: string, role: string, ...members: readonly string[]): World["serviceAccounts"][number] => ({
  id,
  project: "demo-project",
  bindings: [{ role, members }],
});

test("gcloud's active user gets a token in one request, calls the service with it, and needs no second", async () => {
  await using setup = await setUp(servicesFor(developer));
  const credential = await resolveCredential(setup.context);
  const minted = await getIdToken(setup.context, { credential });
  assert.equal(minted.principal, "dev@example.com");
  assert.equal(minted.audience, "32555940559.apps.googleusercontent.com");
  assert.equal(await setup.call(minted.token), 200);
  const cached = await getIdToken(setup.context, { credential });
  assert.deepEqual(cached, { ...minted, source: "cache" });
  assert.deepEqual(setup.requests, ["/token"]);
});

test("another of gcloud's accounts is somebody else", async () => {
  await using setup = await setUp(servicesFor(developer));
  const credential = await resolveCredential(setup.context, { account: "admin@example.com" });
  const { token, principal } = await getIdToken(setup.context, { credential });
  assert.equal(principal, "admin@example.com");
  assert.notEqual(
    token,
    (await getIdToken(setup.context, { credential: await resolveCredential(setup.context) })).token,
  );
});

test("Application Default Credentials give a token, with a warning that it may not be taken", async () => {
  await using setup = await setUp(servicesFor(developer));
  const credential = await resolveCredential(setup.context, { credentials: "adc" });
  const { audience } = await getIdToken(setup.context, { credential });
  assert.match(audience, /^764086051850-/);
  assert.match(setup.warnings.join(), /may not take/);
});

test("impersonation takes two requests, and for the next service one", async () => {
  await using setup = await setUp({
    ...servicesFor(`serviceAccount:${invoker}`),
    serviceAccounts: [account("invoker", "roles/iam.serviceAccountOpenIdTokenCreator", developer)],
  });
  const credential = await resolveCredential(setup.context);
  const request = { credential, impersonate: [invoker], audience: setup.serviceUrl };
  const { token, audience } = await getIdToken(setup.context, request);
  assert.equal(audience, setup.serviceUrl);
  assert.equal(await setup.call(token), 200);
  assert.equal(setup.requests.length, 2);
  await getIdToken(setup.context, { ...request, audience: "https://other.example.com" });
  assert.equal(setup.requests.length, 3);
});

test("an impersonated account's token carries its e-mail on request", async () => {
  await using setup = await setUp({
    serviceAccounts: [account("invoker", "roles/iam.serviceAccountOpenIdTokenCreator", developer)],
  });
  const credential = await resolveCredential(setup.context);
  const request = { credential, impersonate: [invoker], audience: setup.serviceUrl };
  assert.match((await getIdToken(setup.context, request)).principal ?? "", /^\d+$/);
  assert.equal((await getIdToken(setup.context, { ...request, includeEmail: true })).principal, invoker);
});

test("a chain of any length takes no more requests", async () => {
  const [first, second] = [email("first-one"), email("second-one")];
  await using setup = await setUp({
    ...servicesFor(`serviceAccount:${invoker}`),
    serviceAccounts: [
      account("first-one", tokenCreator, developer),
      account("second-one", tokenCreator, `serviceAccount:${first}`),
      account("invoker", tokenCreator, `serviceAccount:${second}`),
    ],
  });
  const credential = await resolveCredential(setup.context);
  const impersonate = [first, second, invoker];
  const { token } = await getIdToken(setup.context, { credential, impersonate, audience: setup.serviceUrl });
  assert.equal(await setup.call(token), 200);
  assert.equal(setup.requests.length, 2);
});

test("impersonation without the role names the permission, and the command that grants it", async () => {
  await using setup = await setUp();
  const credential = await resolveCredential(setup.context);
  await assert.rejects(getIdToken(setup.context, { credential, impersonate: [invoker], audience: setup.serviceUrl }), {
    code: "permission_denied",
    message: /^dev@example\.com may not .*iam\.serviceAccounts\.getOpenIdToken/,
    fix: `Grant it: runpass grant ${invoker} --to ${developer}`,
  });
});

test("an account that does not exist is not found, and what is no account is not asked for", async () => {
  await using setup = await setUp();
  const credential = await resolveCredential(setup.context, { account: "admin@example.com" });
  const ask = (name: string): Promise<unknown> =>
    getIdToken(setup.context, { credential, impersonate: [name], audience: setup.serviceUrl });
  await assert.rejects(ask(email("nobody")), (error: { code?: string; fix?: string }) => {
    assert.ok(error.code === "not_found" || error.code === "permission_denied", error.code);
    assert.ok(error.fix);
    return true;
  });
  setup.requests.length = 0;
  for (const name of ["invoker", "", "../x@y", "a@b?c"]) await assert.rejects(ask(name), { code: "invalid_argument" });
  assert.deepEqual(setup.requests, []);
});

test("a stored access token that is no longer good is replaced", async () => {
  await using setup = await setUp({
    serviceAccounts: [account("invoker", "roles/iam.serviceAccountOpenIdTokenCreator", developer)],
  });
  const expiry = new Date(setup.context.clock.nowMs() + 3_000_000).toISOString().replace("T", " ").replace("Z", "");
  using database = new (loadSqlite().DatabaseSync)(join(setup.directory, "access_tokens.db"));
  database
    .prepare("INSERT INTO access_tokens (account_id, access_token, token_expiry) VALUES (?, ?, ?)")
    .run("dev@example.com", "ya29.revoked", expiry);
  const credential = await resolveCredential(setup.context);
  await getIdToken(setup.context, { credential, impersonate: [invoker], audience: setup.serviceUrl });
  assert.equal(setup.requests.length, 3);
});

test("a service account's key, as the IAM API hands it out, gets a token for the service in one request", async () => {
  await using setup = await setUp(servicesFor(`serviceAccount:${invoker}`));
  const admin = await resolveCredential(setup.context, { account: "admin@example.com" });
  const { privateKeyData } = await callApi<{ privateKeyData: string }>(setup.context.fetch, {
    method: "POST",
    url: `https://iam.googleapis.com/v1/projects/demo-project/serviceAccounts/${invoker}/keys`,
    accessToken: await admin.accessToken(),
    body: {},
  });
  const file = join(setup.directory, "key.json");
  writeFileSync(file, Buffer.from(privateKeyData, "base64"));
  setup.requests.length = 0;
  const credential = await resolveCredential(setup.context, { credentials: file });
  assert.equal(credential.member, `serviceAccount:${invoker}`);
  const { token } = await getIdToken(setup.context, { credential, audience: setup.serviceUrl });
  assert.equal(await setup.call(token), 200);
  assert.deepEqual(setup.requests, ["/token"]);
  assert.match(await credential.accessToken(), /^ya29\./);
});

test("a revoked login is rejected in Google's words, with the way on and without the token", async () => {
  await using setup = await setUp();
  const adc = join(setup.directory, "application_default_credentials.json");
  const key = JSON.parse(readFileSync(adc, "utf8")) as Record<string, string>;
  writeFileSync(adc, JSON.stringify({ ...key, refresh_token: `${key["refresh_token"]}-revoked` }));
  const credential = await resolveCredential(setup.context, { credentials: "adc" });
  await assert.rejects(getIdToken(setup.context, { credential }), (error: Error & { code?: string; why?: string }) => {
    assert.equal(error.code, "grant_revoked");
    assert.match(error.why ?? "", /^invalid_grant/);
    assert.ok(!JSON.stringify([error, error.message]).includes(key["refresh_token"]!));
    return true;
  });
});

test("without the emulator there is one clear error", async () => {
  await using setup = await setUp();
  const credential = await resolveCredential(setup.context);
  await setup.stopEmulator();
  await assert.rejects(credential.idToken(), { code: "google_unreachable", why: /ECONNREFUSED/ });
});
