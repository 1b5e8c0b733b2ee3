import assert from "node:assert/strict";
import { createPrivateKey, sign } from "node:crypto";
import { test } from "node:test";
import { createApiClient, messageOf } from "../../../test/support/api-client.ts";
import type { ApiClient } from "../../../test/support/api-client.ts";
import { jwtBearerGrant } from "../../google/oauth.ts";
import type { ServiceAccountKey } from "../../google/oauth.ts";
import type { ServiceAccount } from "../../google/iam.ts";

const email = "invoker@demo-project.iam.gserviceaccount.com";
const accounts = "iam.googleapis.com/v1/projects/demo-project/serviceAccounts";
const account = `${accounts}/${email}`;
const dayMs = 86_400_000;

async function show(subject: ApiClient, name = account): Promise<ServiceAccount> {
  const { status, body } = await subject.as("admin@example.com")(`GET ${name}`);
  assert.equal(status, 200);
  return body as ServiceAccount;
}

test("an update in the newer way changes what its mask names, in the older way everything", async () => {
  const subject = createApiClient();
  const call = subject.as("admin@example.com");
  const texts = { displayName: "Caller", description: "calls" };
  await call(`PATCH ${account}`, { serviceAccount: texts, updateMask: "description" });
  assert.deepEqual([(await show(subject)).displayName, (await show(subject)).description], ["invoker", "calls"]);
  const before = await show(subject);
  await call(`PUT ${account}`, { displayName: "Caller" });
  const after = await show(subject);
  assert.deepEqual([after.displayName, after.description, after.uniqueId], ["Caller", undefined, before.uniqueId]);
  assert.notEqual(after.etag, before.etag);
});

test("a deleted account comes back by its unique id, with its roles, for thirty days", async () => {
  const subject = createApiClient();
  const call = subject.as("admin@example.com");
  const { uniqueId } = await show(subject);
  const policy = { bindings: [{ role: "roles/run.invoker", members: [`serviceAccount:${email}`] }] };
  const project = "cloudresourcemanager.googleapis.com/v1/projects/demo-project";
  const stored = (await call(`POST ${project}:getIamPolicy`, {})).body as typeof policy;
  await call(`POST ${project}:setIamPolicy`, {
    policy: { ...stored, bindings: [...stored.bindings, ...policy.bindings] },
  });
  const membersNow = async (): Promise<unknown> => {
    const { bindings } = (await call(`POST ${project}:getIamPolicy`, {})).body as typeof policy;
    return bindings.find(({ role }) => role === "roles/run.invoker")?.members;
  };
  await call(`DELETE ${account}`);
  assert.deepEqual(await membersNow(), [`deleted:serviceAccount:${email}?uid=${uniqueId}`]);
  const { status, body } = await call(`POST ${accounts}/${uniqueId}:undelete`, {});
  assert.equal(status, 200);
  assert.equal((body as { restoredAccount: ServiceAccount }).restoredAccount.email, email);
  assert.deepEqual(await membersNow(), [`serviceAccount:${email}`]);
  await call(`DELETE ${account}`);
  subject.clock.advanceMs(30 * dayMs + 1);
  assert.equal((await call(`POST ${accounts}/${uniqueId}:undelete`, {})).status, 404);
});

test("an account whose e-mail another one has got does not come back", async () => {
  const subject = createApiClient();
  const call = subject.as("admin@example.com");
  const { uniqueId } = await show(subject);
  await call(`DELETE ${account}`);
  await call(`POST ${accounts}`, { accountId: "invoker" });
  const refused = await call(`POST ${accounts}/${uniqueId}:undelete`, {});
  assert.equal(refused.status, 404);
  assert.equal(messageOf(refused), "Unknown service account");
});

test("a disabled account, and a disabled key, get nothing until they are enabled", async () => {
  const subject = createApiClient();
  const call = subject.as("admin@example.com");
  const { privateKeyData } = (await call(`POST ${account}/keys`, {})).body as { privateKeyData: string };
  const key = JSON.parse(Buffer.from(privateKeyData, "base64").toString()) as ServiceAccountKey;
  const exchange = async (): Promise<number> => {
    const iat = Math.floor(subject.clock.nowMs() / 1000);
    const claims = { iss: email, aud: "https://oauth2.googleapis.com/token", iat, exp: iat + 60, target_audience: "a" };
    const content = [{ alg: "RS256", kid: key.private_key_id }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    const signature = sign("RSA-SHA256", Buffer.from(content), createPrivateKey(key.private_key)).toString("base64url");
    const form = { grant_type: jwtBearerGrant, assertion: `${content}.${signature}` };
    return (await subject.form("POST oauth2.googleapis.com/token", form)).status;
  };
  const published = async (): Promise<number> => {
    const { body } = await subject.send(`GET www.googleapis.com/service_accounts/v1/metadata/jwk/${email}`, {}, "");
    return (body as { keys: object[] }).keys.length;
  };
  assert.deepEqual([await exchange(), await published()], [200, 1]);
  for (const what of [account, `${account}/keys/${key.private_key_id}`]) {
    assert.equal((await call(`POST ${what}:disable`, {})).status, 200);
    assert.equal(((await call(`GET ${what}`)).body as { disabled?: boolean }).disabled, true);
    assert.equal(await exchange(), 400);
    assert.equal((await call(`POST ${what}:enable`, {})).status, 200);
    assert.equal(await exchange(), 200);
  }
  await call(`POST ${account}/keys/${key.private_key_id}:disable`, {});
  assert.equal(await published(), 0);
});
