import assert from "node:assert/strict";
import { test } from "node:test";
import { acmeWorld, innerFolderId } from "../../../test/support/acme-world.ts";
import { createApiClient, messageOf } from "../../../test/support/api-client.ts";
import type { ApiClient } from "../../../test/support/api-client.ts";

const project =
  "iam.googleapis.com/v2/policies/cloudresourcemanager.googleapis.com%2Fprojects%2Fdemo-project/denypolicies";
const stored = "policies/cloudresourcemanager.googleapis.com%2Fprojects%2F123456789012/denypolicies/no-calls";
const service = "run.googleapis.com/v2/projects/demo-project/locations/us-central1/services/my-service";
const rules = [
  {
    denyRule: {
      deniedPrincipals: ["principalSet://goog/public:all"],
      exceptionPrincipals: ["principal://goog/subject/admin@example.com"],
      deniedPermissions: ["run.googleapis.com/routes.invoke"],
    },
  },
];

interface Operation {
  readonly name: string;
  readonly done: boolean;
  readonly response: { readonly name: string; readonly etag: string };
}

function createClient(): ApiClient {
  const bindings = [{ role: "roles/iam.denyAdmin", members: ["user:admin@example.com"] }];
  return createApiClient(
    acmeWorld({
      organization: { bindings },
      service: { bindings: [{ role: "roles/run.invoker", members: ["user:dev@example.com"] }] },
    }),
  );
}

async function mayInvoke(client: ApiClient, email: string): Promise<boolean> {
  const asked = { permissions: ["run.routes.invoke"] };
  const { body } = await client.as(email)(`POST ${service}:testIamPermissions`, asked);
  return "permissions" in (body as object);
}

test("a deny policy takes what a binding gives, and gives it back when it goes", async () => {
  const client = createClient();
  const call = client.as("admin@example.com");
  assert.equal(await mayInvoke(client, "dev@example.com"), true);
  const created = await call(`POST ${project}?policyId=no-calls`, { displayName: "No calls", rules });
  const operation = created.body as Operation;
  assert.equal(operation.done, true);
  assert.equal(operation.response.name, stored);
  assert.deepEqual((await call(`GET iam.googleapis.com/v2/${operation.name}`)).body, operation);
  assert.equal(await mayInvoke(client, "dev@example.com"), false);
  assert.equal(await mayInvoke(client, "admin@example.com"), true);

  const { body: listed } = await call(`GET ${project}`);
  assert.deepEqual(
    (listed as { policies: { name: string; rules?: unknown }[] }).policies.map((policy) => [policy.name, policy.rules]),
    [[stored, undefined]],
  );
  assert.deepEqual((await call(`GET ${project.replace("/v2/", "/v2beta/")}`)).body, listed);
  const policy = (await call(`GET ${project}/no-calls`)).body as { readonly rules: unknown };
  assert.deepEqual(policy.rules, rules);

  const changed = await call(`PUT ${project}/no-calls`, { ...policy, rules: [] });
  assert.equal(changed.status, 200);
  assert.equal(await mayInvoke(client, "dev@example.com"), true);
  const late = await call(`PUT ${project}/no-calls`, { ...policy, rules });
  assert.equal(late.status, 409);
  assert.match(messageOf(late), /concurrent policy changes/);

  assert.equal((await call(`DELETE ${project}/no-calls`)).status, 200);
  assert.equal((await call(`GET ${project}/no-calls`)).status, 404);
});

test("a deny policy of a folder holds below it, whoever owns the project", async () => {
  const client = createClient();
  const folder = `iam.googleapis.com/v2/policies/cloudresourcemanager.googleapis.com%2Ffolders%2F${innerFolderId}/denypolicies`;
  const everyone = [{ denyRule: { ...rules[0]!.denyRule, exceptionPrincipals: [] } }];
  await client.as("admin@example.com")(`POST ${folder}?policyId=no-calls`, { rules: everyone });
  assert.equal(await mayInvoke(client, "dev@example.com"), false);
  assert.equal(await mayInvoke(client, "admin@example.com"), false);
});

test("a deny policy that does not hold together is refused (a guess: deny-error-text)", async () => {
  const call = createClient().as("admin@example.com");
  const rule = rules[0]!.denyRule;
  const bad: readonly [unknown, RegExp][] = [
    [{ ...rule, deniedPrincipals: ["user:dev@example.com"] }, /Invalid principal/],
    [{ ...rule, deniedPrincipals: "everyone" }, /list of strings/],
    [{ ...rule, deniedPermissions: ["run.routes.invoke"] }, /Invalid permission/],
    [{ ...rule, deniedPermissions: [] }, /needs deniedPermissions/],
    [
      { ...rule, denialCondition: { title: "t", expression: 'request.time < timestamp("2027-01-01T00:00:00Z")' } },
      /tags/,
    ],
    [{ ...rule, denialCondition: { title: "t", expression: "resource.matchTag(" } }, /denial condition is invalid/],
    [undefined, /needs a denyRule/],
  ];
  for (const [denyRule, message] of bad) {
    const answer = await call(`POST ${project}?policyId=no-calls`, { rules: [{ denyRule }] });
    assert.equal(answer.status, 400);
    assert.match(messageOf(answer), message);
  }
  assert.equal((await call(`POST ${project}?policyId=X`, { rules })).status, 400);
  assert.equal((await call(`POST ${project}?policyId=no-calls`, { rules: Array(501).fill(rules[0]) })).status, 400);
});

test("only who may write deny policies writes them, and project owners may not", async () => {
  const client = createApiClient();
  for (const email of ["dev@example.com", "admin@example.com"]) {
    const answer = await client.as(email)(`POST ${project}?policyId=no-calls`, { rules });
    assert.equal(answer.status, 403);
    assert.match(messageOf(answer), /'iam\.denypolicies\.create' denied/);
  }
});
