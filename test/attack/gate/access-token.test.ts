import { test } from "node:test";
import { assertRefused, assertTokenRefused, createFixture } from "./fixture.ts";

for (const token of [
  "ya29.a0AfH6SMB-abcdefghijklmnop",
  "ya29.c.b0AXv0zTPabcdefghijklmnopqrst",
  "1//0gabcdefghijklmnopqrstuvwxyz",
  "4/0AX4XfWabcdefghijklmnop",
  "GOCSPX-abcdefghijklmnop",
]) {
  test(`${token.slice(0, 7)}… is no ID token`, () => assertTokenRefused(token));
}

test("a secret in the place of the scheme stands in no step", () => {
  const decision = createFixture().decide(["Authorization", "ya29.a0AfH6SMB-abcdefghijklmnop"]);
  assertRefused(decision, 401, "credential", "ya29.a0AfH6SMB-abcdefghijklmnop");
});
