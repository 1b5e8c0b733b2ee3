import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { createTarget, forge, header, signingKey } from "./fixture.ts";

test("a token as it should be is taken, so that what follows is refused for its fault alone", async () => {
  const target = await createTarget();
  const { status, body } = await target.exchange(forge(header, target.claims(), signingKey));
  assert.equal(status, 200);
  const { access_token: accessToken, ...rest } = body as Record<string, unknown>;
  assert.match(String(accessToken), /^ya29\.d\./);
  assert.deepEqual(rest, {
    issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
    token_type: "Bearer",
    expires_in: 3599,
  });
});

test("so is one signed with ES256, with the audience in a list and no kid", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const target = await createTarget({ jwks: { keys: [publicKey.export({ format: "jwk" })] } });
  const claims = target.claims();
  const content = forge({ alg: "ES256" }, { ...claims, aud: ["other", claims["aud"]] }).slice(0, -1);
  const signature = sign("sha256", Buffer.from(content), { key: privateKey, dsaEncoding: "ieee-p1363" });
  const { status } = await target.exchange(`${content}.${signature.toString("base64url")}`);
  assert.equal(status, 200);
});
