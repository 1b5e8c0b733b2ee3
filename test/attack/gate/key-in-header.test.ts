import { test } from "node:test";
import { assertTokenRefused, foreignKey, mint } from "./fixture.ts";

const jwk = foreignKey.publicKey.export({ format: "jwk" });
const der = foreignKey.publicKey.export({ format: "der", type: "spki" }).toString("base64");

for (const [member, value] of Object.entries({
  jwk,
  jku: "http://127.0.0.1:1/keys",
  x5u: "http://127.0.0.1:1/cert.pem",
  x5c: [der],
  key: jwk,
})) {
  test(`a foreign key that the token itself brings (${member}) is not used`, () => {
    assertTokenRefused(mint({}, { [member]: value }, foreignKey.privateKey));
    assertTokenRefused(mint({}, { [member]: value, kid: undefined }, foreignKey.privateKey));
    assertTokenRefused(mint({}, { [member]: value, kid: "unknown" }, foreignKey.privateKey));
  });
}
