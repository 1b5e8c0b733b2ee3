import { test } from "node:test";
import { assertTokenRefused, foreignKey, mint } from "./fixture.ts";

test("a token that a foreign key signed under a known kid is refused", () => {
  assertTokenRefused(mint({}, {}, foreignKey.privateKey));
});
