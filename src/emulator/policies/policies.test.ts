import assert from "node:assert/strict";
import { test } from "node:test";
import { createApiClient, messageOf } from "../../../test/support/api-client.ts";
import type { ApiClient } from "../../../test/support/api-client.ts";
import type { Binding, Policy } from "../../google/policy.ts";

const address = "run.googleapis.com/v2/projects/demo-project/locations/us-central1/services/my-service";
const role = "roles/run.invoker";
const members = ["user:dev@example.com"];
const condition = { title: "until", expression: 'request.time < timestamp("2027-01-01T00:00:00Z")' };

async function read(client: ApiClient, version?: number): Promise<Policy> {
  const query = version === undefined ? "" : `?options.requestedPolicyVersion=${version}`;
  return (await client.as("admin@example.com")(`GET ${address}:getIamPolicy${query}`)).body as Policy;
}

async function write(client: ApiClient, policy: Policy): Promise<{ status: number; message?: string; body: unknown }> {
  const answer = await client.as("admin@example.com")(`POST ${address}:setIamPolicy`, { policy });
  return answer.status === 200
    ? { status: 200, body: answer.body }
    : { status: answer.status, message: messageOf(answer), body: answer.body };
}

test("conditions show to who asks for version 3, and as another role to others", async () => {
  const client = createApiClient();
  assert.deepEqual(await read(client, 3), { etag: "ACAB" });
  const bindings: Binding[] = [
    { role, members, condition },
    { role, members },
  ];
  assert.equal((await write(client, { version: 3, bindings })).status, 200);
  const whole = await read(client, 3);
  assert.equal(whole.version, 3);
  assert.deepEqual(whole.bindings, bindings);
  for (const version of [undefined, 0, 1]) {
    const shown = await read(client, version);
    assert.equal(shown.version, 1);
    assert.match(shown.bindings?.[0]?.role ?? "", /^roles\/run\.invoker_withcond_[0-9a-f]{20}$/);
    assert.equal(shown.bindings?.[0]?.condition, undefined);
    assert.equal(shown.bindings?.[1]?.role, role);
  }
  const answer = await client.as("admin@example.com")(`GET ${address}:getIamPolicy?options.requestedPolicyVersion=2`);
  assert.equal(answer.status, 400);
});

test("a policy that touches conditions needs version 3, and version 1 comes back when the last one goes", async () => {
  const client = createApiClient();
  assert.match((await write(client, { bindings: [{ role, members, condition }] })).message ?? "", /version must be 3/);
  await write(client, { version: 3, bindings: [{ role, members, condition }] });
  const { etag = "" } = await read(client, 1);
  assert.equal((await write(client, { version: 1, etag, bindings: [] })).status, 400);
  assert.deepEqual((await write(client, { version: 3, etag, bindings: [{ role, members }] })).body, {
    version: 1,
    etag: (await read(client)).etag,
    bindings: [{ role, members }],
  });
});

test("without an etag conditions are overwritten blindly", async () => {
  const client = createApiClient();
  await write(client, { version: 3, bindings: [{ role, members, condition }] });
  assert.equal((await write(client, { bindings: [{ role, members }] })).status, 200);
  assert.deepEqual((await read(client, 3)).bindings, [{ role, members }]);
});

test("a condition that does not hold together is refused, and nothing is written (a guess: condition-error-text)", async () => {
  const client = createApiClient();
  const project = "cloudresourcemanager.googleapis.com/v1/projects/demo-project";
  const bad: readonly [Binding, RegExp][] = [
    [{ role, members, condition: { ...condition, expression: "request.time <" } }, /expression of roles\/run.invoker/],
    [{ role, members, condition: { expression: "true" } }, /no title/],
    [{ role, members: ["allUsers"], condition }, /for allUsers/],
    [{ role, members: ["allAuthenticatedUsers"], condition }, /for allAuthenticatedUsers/],
  ];
  for (const [binding, message] of bad) {
    const answer = await write(client, { version: 3, bindings: [binding] });
    assert.equal(answer.status, 400);
    assert.match(answer.message ?? "", message);
  }
  assert.deepEqual(await read(client, 3), { etag: "ACAB" });
  const basic = await client.as("admin@example.com")(`POST ${project}:setIamPolicy`, {
    policy: { version: 3, bindings: [{ role: "roles/editor", members, condition }] },
  });
  assert.match(messageOf(basic), /basic role roles\/editor/);
});

test("APIs judge by conditions too, at the emulator's time", async () => {
  const client = createApiClient();
  const call = client.as("dev@example.com");
  const asked = { permissions: ["run.routes.invoke"] };
  const until = { title: "until", expression: 'request.time < timestamp("2100-01-01T00:00:00Z")' };
  await write(client, { version: 3, bindings: [{ role, members, condition: until }] });
  assert.deepEqual((await call(`POST ${address}:testIamPermissions`, asked)).body, asked);
  client.clock.setMs(Date.parse("2100-01-01T00:00:00Z"));
  assert.deepEqual((await call(`POST ${address}:testIamPermissions`, asked)).body, {});
});

test("who may not look at a service is told what they may do with it all the same, and nothing of one that is not there", async () => {
  const invoker = "invoker@demo-project.iam.gserviceaccount.com";
  const client = createApiClient();
  await write(client, { bindings: [{ role, members: [`serviceAccount:${invoker}`] }] });
  const call = client.as(invoker);
  const asked = { permissions: ["run.routes.invoke", "run.services.get"] };
  assert.equal((await call(`GET ${address}`)).status, 403);
  for (const each of [address, address.replace("/v2/", "/v1/"), address.replace("demo-project", "123456789012")]) {
    assert.deepEqual((await call(`POST ${each}:testIamPermissions`, asked)).body, {
      permissions: ["run.routes.invoke"],
    });
  }
  const missing = address.replace("my-service", "no-such-service");
  assert.deepEqual((await client.as("admin@example.com")(`POST ${missing}:testIamPermissions`, asked)).body, {});
  const wild = await call(`POST ${address}:testIamPermissions`, { permissions: ["run.*"] });
  assert.equal(wild.status, 400);
});

test("a policy has at most 1,500 members, 250 groups and domains, and 20 conditions a role and member", async () => {
  const client = createApiClient();
  const federated = (index: number): string =>
    `principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/pool/subject/${index}`;
  const many = (count: number, member: (index: number) => string): string[] =>
    Array.from({ length: count }, (_, index) => member(index));
  const domains = (count: number): string[] => many(count, (index) => `domain:d${index}.example`);
  const conditions = (count: number): Binding[] =>
    many(count, String).map((title) => ({ role, members, condition: { title, expression: "true" } }));
  assert.equal((await write(client, { bindings: [{ role, members: many(1500, federated) }] })).status, 200);
  assert.match((await write(client, { bindings: [{ role, members: many(1501, federated) }] })).message ?? "", /1501/);
  // An occurrence in another role counts too.
  const twice = [role, "roles/run.viewer"].map((each) => ({ role: each, members: many(751, federated) }));
  assert.match((await write(client, { bindings: twice })).message ?? "", /1502/);
  assert.equal((await write(client, { bindings: [{ role, members: domains(250) }] })).status, 200);
  assert.match((await write(client, { bindings: [{ role, members: domains(251) }] })).message ?? "", /251/);
  assert.equal((await write(client, { version: 3, bindings: conditions(20) })).status, 200);
  assert.match((await write(client, { version: 3, bindings: conditions(21) })).message ?? "", /more than 20/);
});

test("the linter says what the write would say", async () => {
  const call = createApiClient().as("dev@example.com");
  const lint = async (expression: string): Promise<unknown> =>
    (await call("POST iam.googleapis.com/v1/iamPolicies:lintPolicy", { condition: { title: "t", expression } })).body;
  assert.deepEqual(await lint("true"), {});
  const { lintResults } = (await lint("true &&\n request.tim")) as { lintResults: Record<string, unknown>[] };
  assert.equal(lintResults[0]?.["severity"], "ERROR");
  assert.equal(lintResults[0]?.["locationOffset"], 16);
  assert.match(String(lintResults[0]?.["debugMessage"]), /undefined field 'tim'/);
});
