import { test } from "node:test";
import { assertTokenRefused, claims, header, mint, signText, startSeconds } from "./fixture.ts";

const odd = [String(startSeconds + 3600), null, undefined, true, [startSeconds], {}, ""];

for (const claim of ["iat", "exp", "nbf"]) {
  for (const value of odd) {
    if (claim === "nbf" && value === undefined) continue;
    test(`a token whose ${claim} is ${JSON.stringify(value)} is refused`, () =>
      assertTokenRefused(mint({ [claim]: value })));
  }
  test(`a token whose ${claim} is beyond all numbers is refused`, () => {
    const payload = JSON.stringify({ ...claims, [claim]: "?" }).replace('"?"', "1e999");
    assertTokenRefused(signText(JSON.stringify(header), payload));
  });
}

test("a token that lives far too long is refused (a guess: longest-lifetime)", () => {
  assertTokenRefused(mint({ exp: 99_999_999_999 }), "lifetime");
  assertTokenRefused(mint({ exp: Number.MAX_VALUE }), "lifetime");
  assertTokenRefused(mint({ exp: startSeconds + 86_401 }), "lifetime");
});

test("a token with a negative iat is refused", () => assertTokenRefused(mint({ iat: -1 }), "lifetime"));

test("a token that expires before it is issued is refused", () => {
  assertTokenRefused(mint({ iat: startSeconds + 4, exp: startSeconds + 3 }), "lifetime");
  assertTokenRefused(mint({ iat: startSeconds + 4, exp: startSeconds + 4 }), "lifetime");
});

test("a token with times in milliseconds is refused", () => {
  assertTokenRefused(mint({ iat: startSeconds * 1000, exp: (startSeconds + 3600) * 1000 }), "lifetime");
});
