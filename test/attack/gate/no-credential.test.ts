import { test } from "node:test";
import { assertRefused, createFixture, mint } from "./fixture.ts";

test("a request without a credential is forbidden", () => {
  const { decide } = createFixture();
  assertRefused(decide([]), 403, "permission");
  assertRefused(decide(["Accept", "*/*", "Cookie", "session=1"]), 403, "permission");
});

test("a token counts nowhere but in the two headers", () => {
  const { decide } = createFixture();
  const token = mint();
  for (const header of [
    "Proxy-Authorization",
    "X-Authorization",
    "Authorization2",
    "X-Goog-Iap-Jwt-Assertion",
    "Cookie",
    "X-Forwarded-Authorization",
  ]) {
    assertRefused(decide([header, `Bearer ${token}`]), 403, "permission", token);
  }
  assertRefused(decide([], { path: `/?access_token=${token}` }), 403, "permission");
});
