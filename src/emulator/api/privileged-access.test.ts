import assert from "node:assert/strict";
import { before, test } from "node:test";
import { createApiClient, messageOf } from "../../../test/support/api-client.ts";
import type { ApiClient } from "../../../test/support/api-client.ts";
import { loadConditions } from "../../gate/condition.ts";
import type { EntitlementPage, PrivilegedAccessGrant } from "../../google/privileged-access.ts";
import type { Policy } from "../../google/policy.ts";
import { defaultWorld } from "../world/world.ts";

before(loadConditions);

const entitlements = "privilegedaccessmanager.googleapis.com/v1/projects/demo-project/locations/global/entitlements";
const project = "cloudresourcemanager.googleapis.com/v1/projects/demo-project";

function createClient(): ApiClient {
  const entitlement = { id: "call-it", eligible: ["group:team@example.com"], roles: ["roles/run.invoker"] };
  return createApiClient({
    ...defaultWorld,
    projects: defaultWorld.projects.map((each) => ({ ...each, entitlements: [entitlement] })),
    groups: [{ email: "team@example.com", members: ["user:dev@example.com"] }],
  });
}

const searchAs = async (client: ApiClient, email: string, type = "GRANT_REQUESTER"): Promise<readonly string[]> => {
  const { status, body } = await client.as(email)(`GET ${entitlements}:search?callerAccessType=${type}`);
  assert.equal(status, 200);
  return ((body as EntitlementPage).entitlements ?? []).map(({ name }) => name);
};

test("who may ask for an entitlement finds it, and nobody else", async () => {
  const client = createClient();
  assert.deepEqual(await searchAs(client, "dev@example.com"), [
    "projects/demo-project/locations/global/entitlements/call-it",
  ]);
  assert.deepEqual(await searchAs(client, "admin@example.com"), []);
  assert.deepEqual(await searchAs(client, "dev@example.com", "GRANT_APPROVER"), []);
});

test("what is asked for is bound at once, and ends by itself (a guess: pam-binding)", async () => {
  const client = createClient();
  const as = client.as("dev@example.com");
  const { status, body } = await as(`POST ${entitlements}/call-it/grants`, { requestedDuration: "1800s" });
  assert.equal(status, 200, JSON.stringify(body));
  const { state, requester, name } = body as PrivilegedAccessGrant;
  assert.deepEqual([state, requester], ["ACTIVE", "dev@example.com"]);
  assert.match(name, /entitlements\/call-it\/grants\/[\da-f-]{36}$/);
  const options = { options: { requestedPolicyVersion: 3 } };
  const policy = (await client.as("admin@example.com")(`POST ${project}:getIamPolicy`, options)).body as Policy;
  const added = policy.bindings?.find(({ condition }) => condition);
  assert.deepEqual([added?.role, added?.members], ["roles/run.invoker", ["user:dev@example.com"]]);
  const permissions = ["run.routes.invoke"];
  const held = async (): Promise<unknown> => (await as(`POST ${project}:testIamPermissions`, { permissions })).body;
  assert.deepEqual(await held(), { permissions });
  client.clock.advanceMs(1_800_000);
  assert.deepEqual(await held(), {});
});

test("what may not be asked for is refused", async () => {
  const client = createClient();
  const grant = async (
    email: string,
    requestedDuration: string,
    id = "call-it",
  ): Promise<readonly [number, string]> => {
    const answer = await client.as(email)(`POST ${entitlements}/${id}/grants`, { requestedDuration });
    return [answer.status, messageOf(answer)];
  };
  assert.equal((await grant("admin@example.com", "1800s"))[0], 403);
  assert.equal((await grant("dev@example.com", "1800s", "none"))[0], 403);
  for (const wrong of ["3601s", "60s", "an hour"]) {
    const [status, message] = await grant("dev@example.com", wrong);
    assert.equal(status, 400);
    assert.match(message, /at most 3600s/);
  }
});
