import { test } from "node:test";
import { assertAdmitted, assertTokenRefused, createFixture, mint, startSeconds } from "./fixture.ts";

test("an expired token is refused", () => {
  assertTokenRefused(mint({ iat: startSeconds - 7200, exp: startSeconds - 3600 }), "lifetime");
  assertTokenRefused(mint({ iat: startSeconds - 3601, exp: startSeconds - 1 }), "lifetime");
});

test("a token is refused in the second in which it expires", () => {
  assertTokenRefused(mint({ iat: startSeconds - 3600, exp: startSeconds }), "lifetime");
  assertAdmitted(createFixture().decideToken(mint({ iat: startSeconds - 3600, exp: startSeconds + 1 })));
});

test("a token that was good a moment ago is refused once the clock has passed its expiry", () => {
  const fixture = createFixture();
  const token = mint();
  assertAdmitted(fixture.decideToken(token));
  fixture.clock.advanceMs(3_599_999);
  assertAdmitted(fixture.decideToken(token));
  fixture.clock.advanceMs(1);
  assertTokenRefused(token, "lifetime", fixture);
});
