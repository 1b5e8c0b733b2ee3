import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAdmitted, assertRefused, assertTokenRefused, createFixture, mint, userClaims } from "./fixture.ts";

test("a token that a service received cannot be used again: its signature is gone", () => {
  const fixture = createFixture();
  for (const headers of [
    ["X-Serverless-Authorization", `Bearer ${mint()}`],
    ["Authorization", `Bearer ${mint(userClaims)}`],
  ]) {
    const decision = fixture.decide(headers);
    assertAdmitted(decision);
    const received = decision.rawHeaders[1] ?? "";
    assert.match(received, /^Bearer [\w-]+\.[\w-]+\.SIGNATURE_REMOVED_BY_GOOGLE$/);
    assertRefused(fixture.decide(["Authorization", received]), 401, "token");
    assertRefused(fixture.decide(["X-Serverless-Authorization", received]), 401, "token");
  }
});

test("the marker alone, or in front of a signature, is no signature", () => {
  const [head, payload, signature] = mint().split(".");
  assertTokenRefused(`${head}.${payload}.SIGNATURE_REMOVED_BY_GOOGLE`);
  assertTokenRefused(`${head}.${payload}.SIGNATURE_REMOVED_BY_GOOGLE${signature}`);
});
