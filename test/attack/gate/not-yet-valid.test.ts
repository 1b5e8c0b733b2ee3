import { test } from "node:test";
import { assertAdmitted, assertTokenRefused, createFixture, mint, startSeconds } from "./fixture.ts";

const later = startSeconds + 600;

test("a token from the future is refused", () => {
  assertTokenRefused(mint({ iat: later, exp: later + 3600 }), "lifetime");
  assertTokenRefused(mint({ iat: startSeconds + 6, exp: startSeconds + 3600 }), "lifetime");
});

test("a token before its nbf is refused", () => {
  assertTokenRefused(mint({ nbf: later }), "lifetime");
  assertTokenRefused(mint({ nbf: later, iat: startSeconds - 60 }), "lifetime");
});

test("an early nbf does not excuse a late iat", () => {
  assertTokenRefused(mint({ nbf: startSeconds - 600, iat: later, exp: later + 3600 }), "lifetime");
});

test("a token that was good is refused when the clock is put back before it", () => {
  const fixture = createFixture();
  const token = mint();
  assertAdmitted(fixture.decideToken(token));
  fixture.clock.advanceMs(-600_000);
  assertTokenRefused(token, "lifetime", fixture);
});

test("the clock skew is a switch (a guess: clock-skew)", () => {
  assertAdmitted(createFixture().decideToken(mint({ iat: startSeconds + 5 })));
  assertAdmitted(createFixture({ clockSkewMs: 600_000 }).decideToken(mint({ iat: later, exp: later + 3600 })));
  assertTokenRefused(mint({ iat: startSeconds + 1 }), "lifetime", createFixture({ clockSkewMs: 0 }));
});
