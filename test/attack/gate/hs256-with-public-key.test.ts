import { createHmac } from "node:crypto";
import { test } from "node:test";
import { assertTokenRefused, claims, encode, googleKey, kid } from "./fixture.ts";

const { publicKey } = googleKey;
const secrets = {
  "as PEM": publicKey.export({ format: "pem", type: "spki" }),
  "as PKCS #1 PEM": publicKey.export({ format: "pem", type: "pkcs1" }),
  "as DER": publicKey.export({ format: "der", type: "spki" }),
  "as modulus": String(publicKey.export({ format: "jwk" }).n),
};

for (const [form, secret] of Object.entries(secrets)) {
  test(`a token with an HMAC by the public key ${form} is refused`, () => {
    const content = `${encode(JSON.stringify({ alg: "HS256", kid }))}.${encode(JSON.stringify(claims))}`;
    assertTokenRefused(`${content}.${createHmac("sha256", secret).update(content).digest("base64url")}`);
  });
}
