import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { TestContext } from "node:test";
import { callAs, readGcloudKey, serviceName, startClient, startSubject } from "./fixture.ts";
import type { Client, Subject } from "./fixture.ts";

type Claims = Record<string, unknown>;
interface Verified {
  readonly right: Claims;
  readonly otherAudience: string;
  readonly otherSignature: string;
}

const invoker = "serviceAccount:invoker@demo-project.iam.gserviceaccount.com";
const developer = "user:dev@example.com";

let subject: Subject;
let client: Client;
before(async () => {
  subject = await startSubject();
  client = startClient(subject, "google-auth");
});
after(async () => {
  await client[Symbol.asyncDispose]();
  await subject[Symbol.asyncDispose]();
});

/** Who may call the service, or has another role on it, and who may act as the service account: they and nobody else. */
async function allow(members: {
  readonly service?: readonly string[];
  readonly role?: string;
  readonly serviceAccount?: readonly string[];
}): Promise<void> {
  const { service = [], role = "roles/run.invoker", serviceAccount = [] } = members;
  const account = `/v1/projects/demo-project/serviceAccounts/${subject.serviceAccount}`;
  await writePolicy(`/v2/${serviceName}`, role, service);
  await writePolicy(account, "roles/iam.serviceAccountTokenCreator", serviceAccount);
}

async function writePolicy(resource: string, role: string, members: readonly string[]): Promise<void> {
  const bindings = members.length === 0 ? [] : [{ role, members }];
  await callAs(subject, "admin@example.com", "POST", `${resource}:setIamPolicy`, { policy: { bindings } });
}

async function temporaryFile(t: TestContext, content: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "runpass-contract-"));
  t.after(() => rm(directory, { recursive: true }));
  const path = join(directory, "credentials.json");
  await writeFile(path, content, { mode: 0o600 });
  return path;
}

/** A key file as the IAM API hands it out. */
async function createKeyFile(t: TestContext): Promise<string> {
  const path = `/v1/projects/demo-project/serviceAccounts/${subject.serviceAccount}/keys`;
  const { privateKeyData } = await callAs<{ privateKeyData: string }>(subject, "admin@example.com", "POST", path, {});
  return temporaryFile(t, Buffer.from(privateKeyData, "base64").toString("utf8"));
}

async function createImpersonationFile(t: TestContext): Promise<string> {
  const content = {
    type: "impersonated_service_account",
    service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${subject.serviceAccount}:generateAccessToken`,
    delegates: [],
    source_credentials: await readGcloudKey(subject, "dev@example.com"),
  };
  return temporaryFile(t, JSON.stringify(content));
}

test("a user's token is refused without the role and let through with it", async () => {
  await allow({});
  assert.deepEqual(await client.ask("user"), { status: 403 });
  await allow({ service: [developer] });
  assert.deepEqual(await client.ask("user"), { status: 200 });
});

test("Application Default Credentials of a user give a token for their own OAuth client, which the gate refuses", async () => {
  await allow({ service: [developer] });
  const { claims, status } = await client.ask<{ claims: Claims; status: number }>("default");
  assert.match(String(claims["aud"]), /^764086051850-/);
  assert.equal(status, 401);
});

test("a service account's key file, made by the IAM API, calls the service", async (t) => {
  await allow({ service: [invoker] });
  const path = await createKeyFile(t);
  assert.deepEqual(await client.ask("file", path), { status: 200 });
  const claims = await client.ask<Claims>("claims", path);
  assert.equal(claims["aud"], subject.serviceUrl);
  assert.equal(claims["email"], subject.serviceAccount);
  assert.equal(subject.emulator.trace().at(-1)?.principal, invoker);
});

test("a key signs for an API by itself, while the token endpoint is down", async (t) => {
  await allow({ service: [invoker], role: "roles/run.viewer" });
  const path = await createKeyFile(t);
  await subject.emulator.faults.add({ api: "oauth2.googleapis.com", status: 503 });
  t.after(() => subject.emulator.faults.clear());
  const url = `https://us-central1-run.googleapis.com/v2/${serviceName}`;
  assert.deepEqual(await client.ask("self-signed", path, url), { byAudience: 200, byScope: 200 });
});

test("impersonation is refused without the role and works with it", async (t) => {
  await allow({ service: [invoker] });
  const path = await createImpersonationFile(t);
  const calls = subject.emulator.trace().length;
  assert.deepEqual(await client.ask("file", path), { status: 403 });
  assert.equal(subject.emulator.trace().length, calls, "nothing reached the service");
  await allow({ service: [invoker], serviceAccount: [developer] });
  assert.deepEqual(await client.ask("file", path), { status: 200 });
});

test("verifyIdToken takes the emulator's token, and no other audience or signature", async () => {
  const { right, otherAudience, otherSignature } = await client.ask<Verified>("verify");
  assert.equal(right["email"], "dev@example.com");
  assert.equal(right["email_verified"], true);
  assert.equal(otherAudience, "Wrong recipient, payload audience != requiredAudience");
  assert.equal(otherSignature, "Invalid token signature");
});
