import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import type { JsonWebKey } from "node:crypto";
import { test } from "node:test";
import { createApiClient, messageOf } from "../../../test/support/api-client.ts";
import type { ApiClient } from "../../../test/support/api-client.ts";
import { jwtBearerGrant } from "../../google/oauth.ts";
import { defaultWorld } from "../world/world.ts";

const invoker = "invoker@demo-project.iam.gserviceaccount.com";
const account = `iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${invoker}`;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

function createSubject(role = "roles/iam.serviceAccountTokenCreator"): ApiClient {
  const bindings = [{ role, members: ["user:dev@example.com"] }];
  return createApiClient({
    ...defaultWorld,
    serviceAccounts: [{ id: "invoker", project: "demo-project", bindings }],
  });
}

interface Signed {
  readonly keyId: string;
  readonly signedJwt: string;
  readonly signedBlob: string;
}

async function sign(subject: ApiClient, method: "signJwt" | "signBlob", payload: string): Promise<Signed> {
  const { status, body } = await subject.as("dev@example.com")(`POST ${account}:${method}`, { payload });
  assert.equal(status, 200);
  return body as Signed;
}

async function publishedKeys(subject: ApiClient): Promise<readonly (JsonWebKey & { kid: string })[]> {
  const { body } = await subject.send(`GET www.googleapis.com/service_accounts/v1/metadata/jwk/${invoker}`, {}, "");
  return (body as { keys: (JsonWebKey & { kid: string })[] }).keys;
}

async function isPublished(subject: ApiClient, { keyId, signedJwt }: Signed): Promise<boolean> {
  const key = (await publishedKeys(subject)).find(({ kid }) => kid === keyId);
  if (!key) return false;
  const at = signedJwt.lastIndexOf(".");
  const signature = Buffer.from(signedJwt.slice(at + 1), "base64url");
  const publicKey = createPublicKey({ key, format: "jwk" });
  return verify("RSA-SHA256", Buffer.from(signedJwt.slice(0, at)), publicKey, signature);
}

test("a JWT is signed as it was given, by a key of the account's that is published", async () => {
  const subject = createSubject();
  const payload = `{ "sub": "someone", "n": 1.50 }`;
  const signed = await sign(subject, "signJwt", payload);
  assert.equal(Buffer.from(signed.signedJwt.split(".")[1]!, "base64url").toString(), payload);
  assert.ok(await isPublished(subject, signed));
  const again = await Promise.all([sign(subject, "signJwt", payload), sign(subject, "signJwt", payload)]);
  assert.deepEqual(
    again.map(({ keyId }) => keyId),
    [signed.keyId, signed.keyId],
  );
});

test("of those who sign first at once, all get the same key", async () => {
  const subject = createSubject();
  const signed = await Promise.all([1, 2, 3].map(() => sign(subject, "signJwt", "{}")));
  assert.equal(new Set(signed.map(({ keyId }) => keyId)).size, 1);
});

test("bytes are signed in Base64 of either alphabet", async () => {
  const subject = createSubject();
  const bytes = Buffer.from([0xfb, 0xff, 0xfe]);
  for (const payload of [bytes.toString("base64"), bytes.toString("base64url")]) {
    const { keyId, signedBlob } = await sign(subject, "signBlob", payload);
    const key = (await publishedKeys(subject)).find(({ kid }) => kid === keyId)!;
    const publicKey = createPublicKey({ key, format: "jwk" });
    assert.ok(verify("RSA-SHA256", bytes, publicKey, Buffer.from(signedBlob, "base64")));
  }
});

test("a key that has signed is published for twelve hours more at least, and then no longer", async () => {
  const subject = createSubject();
  await sign(subject, "signJwt", "{}");
  subject.clock.advanceMs(14 * dayMs - hourMs);
  const signed = await sign(subject, "signJwt", "{}");
  subject.clock.advanceMs(12 * hourMs);
  assert.ok(await isPublished(subject, signed));
  assert.notEqual((await sign(subject, "signJwt", "{}")).keyId, signed.keyId);
  subject.clock.advanceMs(hourMs);
  assert.equal(await isPublished(subject, signed), false);
});

test("signing needs its own permission, and what is no claims or lasts too long is refused", async () => {
  for (const method of ["signJwt", "signBlob"]) {
    const refused = await createSubject("roles/iam.serviceAccountOpenIdTokenCreator").as("dev@example.com")(
      `POST ${account}:${method}`,
      { payload: "e30=" },
    );
    assert.equal(refused.status, 403);
    assert.match(messageOf(refused), new RegExp(`^Permission 'iam\\.serviceAccounts\\.${method}' denied`));
  }
  const subject = createSubject();
  const call = subject.as("dev@example.com");
  const seconds = subject.clock.nowMs() / 1000;
  for (const payload of ["", "no JSON", "[]", "null", 1, undefined, `{"exp":${seconds + 43_260}}`, `{"exp":"soon"}`]) {
    assert.equal((await call(`POST ${account}:signJwt`, { payload })).status, 400, String(payload));
  }
  assert.equal((await call(`POST ${account}:signJwt`, { payload: `{"exp":${seconds + 43_000}}` })).status, 200);
  for (const payload of ["", "***", 1, undefined]) {
    assert.equal((await call(`POST ${account}:signBlob`, { payload })).status, 400, String(payload));
  }
});

test("an assertion that the account signed this way gets it tokens", async () => {
  const subject = createSubject();
  const iat = Math.floor(subject.clock.nowMs() / 1000);
  const claims = { iss: invoker, aud: "https://oauth2.googleapis.com/token", iat, exp: iat + 3600 };
  const audience = "https://example.com";
  const { signedJwt } = await sign(subject, "signJwt", JSON.stringify({ ...claims, target_audience: audience }));
  const form = { grant_type: jwtBearerGrant, assertion: signedJwt };
  assert.equal((await subject.form("POST oauth2.googleapis.com/token", form)).status, 200);
});

test("Google's own keys are listed as such, and nobody ends them", async () => {
  const subject = createSubject();
  const { keyId } = await sign(subject, "signJwt", "{}");
  const call = subject.as("admin@example.com");
  const keys = `iam.googleapis.com/v1/projects/demo-project/serviceAccounts/${invoker}/keys`;
  const { body } = await call(`GET ${keys}?keyTypes=SYSTEM_MANAGED`);
  const [key] = (body as { keys: { name: string; keyType: string }[] }).keys;
  assert.ok(key?.name.endsWith(keyId));
  assert.equal(key?.keyType, "SYSTEM_MANAGED");
  assert.deepEqual((await call(`GET ${keys}?keyTypes=USER_MANAGED`)).body, {});
  assert.equal((await call(`DELETE ${keys}/${keyId}`)).status, 400);
  assert.equal((await call(`POST ${keys}/${keyId}:disable`)).status, 400);
});
