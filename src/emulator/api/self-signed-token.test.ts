import assert from "node:assert/strict";
import { test } from "node:test";
import { SignJWT, generateKeyPair, importPKCS8 } from "jose";
import { createApiClient } from "../../../test/support/api-client.ts";
import type { ApiClient } from "../../../test/support/api-client.ts";
import { defaultWorld } from "../world/world.ts";

const email = "invoker@demo-project.iam.gserviceaccount.com";
const services = "GET run.googleapis.com/v2/projects/demo-project/locations/us-central1/services";

interface KeyFile {
  readonly private_key: string;
  readonly private_key_id: string;
}

async function createSubject(): Promise<{ client: ApiClient; key: KeyFile }> {
  const bindings = [{ role: "roles/run.viewer", members: [`serviceAccount:${email}`] }];
  const projects = defaultWorld.projects.map((project) => ({
    ...project,
    bindings: [...(project.bindings ?? []), ...bindings],
  }));
  const client = createApiClient({ ...defaultWorld, projects });
  const route = `POST iam.googleapis.com/v1/projects/demo-project/serviceAccounts/${email}/keys`;
  const { body } = await client.as("admin@example.com")(route, {});
  const { privateKeyData } = body as { privateKeyData: string };
  return { client, key: JSON.parse(Buffer.from(privateKeyData, "base64").toString()) as KeyFile };
}

/** The status of a call with a JWT of the account, good but for the changes. */
async function call(
  { client, key }: Awaited<ReturnType<typeof createSubject>>,
  changes: Readonly<Record<string, unknown>> = {},
  { kid = key.private_key_id, signer = importPKCS8(key.private_key, "RS256") } = {},
): Promise<number> {
  const iat = Math.floor(client.clock.nowMs() / 1000);
  const claims = { iss: email, sub: email, aud: "https://run.googleapis.com/", iat, exp: iat + 3600, ...changes };
  const jwt = await new SignJWT(claims).setProtectedHeader({ alg: "RS256", typ: "JWT", kid }).sign(await signer);
  return (await client.send(services, { authorization: `Bearer ${jwt}` }, "")).status;
}

test("what a service account's key signed for an API, or for scopes, is taken as a token", async () => {
  const subject = await createSubject();
  assert.equal(await call(subject), 200);
  assert.equal(await call(subject, { aud: "https://run.googleapis.com/google.cloud.run.v2.Services" }), 200);
  const scope = "openid https://www.googleapis.com/auth/cloud-platform";
  assert.equal(await call(subject, { aud: undefined, scope }), 200);
  assert.equal(await call(subject, { aud: undefined, scope: "openid" }), 403);
});

test("what is not good for this API, now, from this account is 401 (a guess: self-signed-refusal)", async () => {
  const subject = await createSubject();
  const iat = Math.floor(subject.client.clock.nowMs() / 1000);
  for (const changes of [
    { aud: "https://iam.googleapis.com/" },
    { aud: "http://run.googleapis.com/" },
    { aud: "https://run.googleapis.com.example.com/" },
    { aud: undefined },
    { sub: "admin@example.com" },
    { iss: "nobody@demo-project.iam.gserviceaccount.com" },
    { exp: iat + 86_400 },
    { iat: iat - 7200, exp: iat - 3600 },
    { exp: undefined },
  ]) {
    assert.equal(await call(subject, changes), 401, JSON.stringify(changes));
  }
  const { privateKey } = await generateKeyPair("RS256");
  assert.equal(await call(subject, {}, { signer: Promise.resolve(privateKey) }), 401);
  assert.equal(await call(subject, {}, { kid: "another" }), 401);
});

test("the key counts no longer once its account is disabled", async () => {
  const subject = await createSubject();
  const route = `POST iam.googleapis.com/v1/projects/demo-project/serviceAccounts/${email}:disable`;
  assert.equal((await subject.client.as("admin@example.com")(route, {})).status, 200);
  assert.equal(await call(subject), 401);
});
