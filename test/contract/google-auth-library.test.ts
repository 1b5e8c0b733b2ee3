import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { callAs, readGcloudKey, runClient, serviceName, startSubject, worldWith } from "./fixture.ts";
import type { Subject } from "./fixture.ts";

type Claims = Record<string, unknown>;
interface Verified {
  readonly right: Claims;
  readonly otherAudience: string;
  readonly otherSignature: string;
}

const invoker = "serviceAccount:invoker@demo-project.iam.gserviceaccount.com";
const developer = "user:dev@example.com";
const invokerMayCall = { service: [{ role: "roles/run.invoker", members: [invoker] }] };

async function temporaryFile(t: TestContext, content: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "runpass-contract-"));
  t.after(() => rm(directory, { recursive: true }));
  const path = join(directory, "credentials.json");
  await writeFile(path, content, { mode: 0o600 });
  return path;
}

/** A key file as the IAM API hands it out. */
async function createKeyFile(t: TestContext, subject: Subject): Promise<string> {
  const path = `/v1/projects/demo-project/serviceAccounts/${subject.serviceAccount}/keys`;
  const { privateKeyData } = await callAs<{ privateKeyData: string }>(subject, "admin@example.com", "POST", path, {});
  return temporaryFile(t, Buffer.from(privateKeyData, "base64").toString("utf8"));
}

async function createImpersonationFile(t: TestContext, subject: Subject): Promise<string> {
  const content = {
    type: "impersonated_service_account",
    service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${subject.serviceAccount}:generateAccessToken`,
    delegates: [],
    source_credentials: await readGcloudKey(subject, "dev@example.com"),
  };
  return temporaryFile(t, JSON.stringify(content));
}

test("a user's token is refused without the role and let through with it", async () => {
  await using without = await startSubject();
  assert.deepEqual(await runClient<{ status: number }>(without, "google-auth", ["user"]), { status: 403 });
  await using withRole = await startSubject(
    worldWith({ service: [{ role: "roles/run.invoker", members: [developer] }] }),
  );
  assert.deepEqual(await runClient<{ status: number }>(withRole, "google-auth", ["user"]), { status: 200 });
});

test("Application Default Credentials of a user give a token for their own OAuth client, which the gate refuses", async () => {
  await using subject = await startSubject(
    worldWith({ service: [{ role: "roles/run.invoker", members: [developer] }] }),
  );
  const { claims, status } = await runClient<{ claims: Claims; status: number }>(subject, "google-auth", ["default"]);
  assert.match(String(claims["aud"]), /^764086051850-/);
  assert.equal(status, 401);
});

test("a service account's key file, made by the IAM API, calls the service", async (t) => {
  await using subject = await startSubject(worldWith(invokerMayCall));
  const path = await createKeyFile(t, subject);
  assert.deepEqual(await runClient<{ status: number }>(subject, "google-auth", ["file", path]), { status: 200 });
  const claims = await runClient<Claims>(subject, "google-auth", ["claims", path]);
  assert.equal(claims["aud"], subject.serviceUrl);
  assert.equal(claims["email"], subject.serviceAccount);
  assert.equal(subject.emulator.trace().at(-1)?.principal, invoker);
});

test("a key signs for an API by itself, while the token endpoint is down", async (t) => {
  const service = [{ role: "roles/run.viewer", members: [invoker] }];
  await using subject = await startSubject(worldWith({ service }));
  const path = await createKeyFile(t, subject);
  await subject.emulator.faults.add({ api: "oauth2.googleapis.com", status: 503 });
  const url = `https://us-central1-run.googleapis.com/v2/${serviceName}`;
  const statuses = await runClient(subject, "google-auth", ["self-signed", path, url]);
  assert.deepEqual(statuses, { byAudience: 200, byScope: 200 });
});

test("impersonation is refused without the role and works with it", async (t) => {
  await using without = await startSubject(worldWith(invokerMayCall));
  const refused = await runClient<{ status: number }>(without, "google-auth", [
    "file",
    await createImpersonationFile(t, without),
  ]);
  assert.equal(refused.status, 403);
  assert.equal(without.emulator.trace().length, 0, "nothing reached the service");
  const serviceAccount = [{ role: "roles/iam.serviceAccountTokenCreator", members: [developer] }];
  await using withRole = await startSubject(worldWith({ ...invokerMayCall, serviceAccount }));
  const path = await createImpersonationFile(t, withRole);
  assert.deepEqual(await runClient<{ status: number }>(withRole, "google-auth", ["file", path]), { status: 200 });
});

test("verifyIdToken takes the emulator's token, and no other audience or signature", async () => {
  await using subject = await startSubject();
  const { right, otherAudience, otherSignature } = await runClient<Verified>(subject, "google-auth", ["verify"]);
  assert.equal(right["email"], "dev@example.com");
  assert.equal(right["email_verified"], true);
  assert.equal(otherAudience, "Wrong recipient, payload audience != requiredAudience");
  assert.equal(otherSignature, "Invalid token signature");
});
