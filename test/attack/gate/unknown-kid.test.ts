import { test } from "node:test";
import { assertTokenRefused, foreignKey, mint } from "./fixture.ts";

for (const kid of [
  "unknown",
  "",
  "__proto__",
  "constructor",
  "../key-1",
  "key-1\u0000",
  1,
  ["key-1"],
  { kid: "key-1" },
  null,
  true,
  undefined,
]) {
  test(`a token with kid ${JSON.stringify(kid)} is refused`, () => {
    assertTokenRefused(mint({}, { kid }));
    assertTokenRefused(mint({}, { kid }, foreignKey.privateKey));
  });
}
