import { createHmac } from "node:crypto";
import { test } from "node:test";
import { createTarget, forge, header, signingKey, verificationKey } from "./fixture.ts";

test("a public key is no secret: a token signed with it as one is refused", async () => {
  const target = await createTarget();
  const content = forge({ ...header, alg: "HS256" }, target.claims()).slice(0, -1);
  const secret = verificationKey.export({ type: "spki", format: "pem" });
  const signature = createHmac("sha256", secret).update(content).digest("base64url");
  await target.refused(`${content}.${signature}`, "invalid_grant", /must be signed with RS256 or ES256/);
});

test("a key is used for its own algorithm alone", async () => {
  const target = await createTarget();
  await target.refused(forge({ ...header, alg: "ES256" }, target.claims(), signingKey), "invalid_grant", /signature/);
});

test("a key that is too short vouches for nobody", async () => {
  const { generateKeyPairSync } = await import("node:crypto");
  const short = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const target = await createTarget({
    jwks: { keys: [{ ...short.publicKey.export({ format: "jwk" }), kid: "ours" }] },
  });
  await target.refused(forge(header, target.claims(), short.privateKey), "invalid_grant", /signature/);
});
