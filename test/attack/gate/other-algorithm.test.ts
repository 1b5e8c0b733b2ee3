import { constants, sign } from "node:crypto";
import { test } from "node:test";
import { assertTokenRefused, claims, encode, googleKey, kid, mint } from "./fixture.ts";

const { privateKey } = googleKey;

test("a token that Google's key signed by another algorithm is refused", () => {
  const signers = {
    RS512: (content: Buffer) => sign("RSA-SHA512", content, privateKey),
    PS256: (content: Buffer) =>
      sign("RSA-SHA256", content, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }),
  };
  for (const [alg, signer] of Object.entries(signers)) {
    for (const named of [alg, "RS256"]) {
      const content = `${encode(JSON.stringify({ alg: named, kid }))}.${encode(JSON.stringify(claims))}`;
      assertTokenRefused(`${content}.${signer(Buffer.from(content)).toString("base64url")}`);
    }
  }
});

for (const alg of [
  "RS384",
  "RS512",
  "PS256",
  "ES256",
  "HS256",
  "EdDSA",
  "rs256",
  "RS256 ",
  ["RS256"],
  { toString: "RS256" },
  256,
  null,
  undefined,
]) {
  test(`a token that names alg ${JSON.stringify(alg)} over a good signature is refused`, () => {
    assertTokenRefused(mint({}, { alg }));
  });
}
