import assert from "node:assert/strict";
import { test } from "node:test";
import { createApiClient, messageOf } from "../../../test/support/api-client.ts";
import { decodeJwt } from "../../google/id-token.ts";
import { defaultWorld } from "../world/world.ts";
import type { World } from "../world/world.ts";

const invoker = "invoker@demo-project.iam.gserviceaccount.com";
const accounts = "iamcredentials.googleapis.com/v1/projects/-/serviceAccounts";
const audience = "https://example.com";

function worldWith(...bindings: [account: string, role: string, member: string][]): World {
  const ids = ["invoker", "first-hop", "second-hop"];
  return {
    ...defaultWorld,
    serviceAccounts: ids.map((id) => ({
      id,
      project: "demo-project",
      bindings: bindings.filter(([account]) => account === id).map(([, role, member]) => ({ role, members: [member] })),
    })),
  };
}

test("an owner of the project may not impersonate its accounts", async () => {
  const answer = await createApiClient().as("admin@example.com")(`POST ${accounts}/${invoker}:generateIdToken`, {
    audience,
  });
  assert.equal(answer.status, 403);
  assert.equal(
    messageOf(answer),
    "Permission 'iam.serviceAccounts.getOpenIdToken' denied on resource (or it may not exist).",
  );
});

test("the role for ID tokens suffices for ID tokens, and for nothing else", async () => {
  const world = worldWith(["invoker", "roles/iam.serviceAccountOpenIdTokenCreator", "user:dev@example.com"]);
  const call = createApiClient(world).as("dev@example.com");
  const idToken = await call(`POST ${accounts}/${encodeURIComponent(invoker)}:generateIdToken`, { audience });
  assert.equal(idToken.status, 200);
  const claims = decodeJwt((idToken.body as { token: string }).token)?.payload;
  assert.equal(claims?.["aud"], audience);
  assert.equal(claims["azp"], claims["sub"]);
  assert.equal(claims["email"], undefined);
  const accessToken = await call(`POST ${accounts}/${invoker}:generateAccessToken`, { scope: ["openid"] });
  assert.equal(accessToken.status, 403);
});

test("an e-mail comes when it is asked for, also with booleans as texts", async () => {
  const world = worldWith(["invoker", "roles/iam.serviceAccountTokenCreator", "user:dev@example.com"]);
  const call = createApiClient(world).as("dev@example.com");
  const body = { audience, includeEmail: "true", useEmailAzp: "true", delegates: null };
  const answer = await call(`POST ${accounts}/${invoker}:generateIdToken`, body);
  const claims = decodeJwt((answer.body as { token: string }).token)?.payload;
  assert.deepEqual([claims?.["email"], claims?.["email_verified"], claims?.["azp"]], [invoker, true, invoker]);
});

test("an access token expires at a whole second", async () => {
  const world = worldWith(["invoker", "roles/iam.serviceAccountTokenCreator", "user:dev@example.com"]);
  const call = createApiClient(world).as("dev@example.com");
  const scope = ["https://www.googleapis.com/auth/cloud-platform"];
  const { status, body } = await call(`POST ${accounts}/${invoker}:generateAccessToken`, { scope, lifetime: "600s" });
  assert.equal(status, 200);
  assert.match((body as { expireTime: string }).expireTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  for (const wrong of [{ scope, lifetime: "3601s" }, { scope, lifetime: "10" }, { scope: [] }, { scope: ["x"] }, {}]) {
    assert.equal((await call(`POST ${accounts}/${invoker}:generateAccessToken`, wrong)).status, 400);
  }
});

test("a chain needs the right on every hop", async () => {
  const name = (id: string): string => `${id}@demo-project.iam.gserviceaccount.com`;
  const hops: [string, string, string][] = [
    ["first-hop", "roles/iam.serviceAccountTokenCreator", "user:dev@example.com"],
    ["second-hop", "roles/iam.serviceAccountTokenCreator", `serviceAccount:${name("first-hop")}`],
    ["invoker", "roles/iam.serviceAccountOpenIdTokenCreator", `serviceAccount:${name("second-hop")}`],
  ];
  const delegates = ["first-hop", "second-hop"].map((id) => `projects/-/serviceAccounts/${name(id)}`);
  const ask = async (bindings: [string, string, string][]): Promise<number> => {
    const call = createApiClient(worldWith(...bindings)).as("dev@example.com");
    return (await call(`POST ${accounts}/${invoker}:generateIdToken`, { audience, delegates })).status;
  };
  assert.equal(await ask(hops), 200);
  for (const missing of hops) assert.equal(await ask(hops.filter((hop) => hop !== missing)), 403);
});

test("wrong accounts, projects and audiences are refused in Google's words", async () => {
  const world = worldWith(["invoker", "roles/iam.serviceAccountTokenCreator", "user:dev@example.com"]);
  const call = createApiClient(world).as("dev@example.com");
  const missing = await call(`POST ${accounts}/nobody@demo-project.iam.gserviceaccount.com:generateIdToken`, {
    audience,
  });
  assert.equal(missing.status, 404);
  assert.match(messageOf(missing), /^Not found; Gaia id not found for email nobody@/);
  const project = `POST iamcredentials.googleapis.com/v1/projects/demo-project/serviceAccounts/${invoker}:generateIdToken`;
  assert.equal((await call(project, { audience })).status, 400);
  assert.equal((await call(`POST ${accounts}/${invoker}:generateIdToken`, {})).status, 400);
  assert.equal((await call(`POST ${accounts}/${invoker}:signEverything`, {})).status, 501);
});
