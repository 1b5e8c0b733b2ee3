import { test } from "node:test";
import { assertTokenRefused, createFixture, mint } from "./fixture.ts";

test("a token with any one character changed is refused", () => {
  const fixture = createFixture();
  const token = mint();
  for (let index = 0; index < token.length; index += 1) {
    const flipped = token[index] === "A" ? "B" : "A";
    assertTokenRefused(`${token.slice(0, index)}${flipped}${token.slice(index + 1)}`, "token", fixture);
  }
});

test("a token with any one character left out is refused", () => {
  const fixture = createFixture();
  const token = mint();
  for (let index = 0; index < token.length; index += 1) {
    assertTokenRefused(`${token.slice(0, index)}${token.slice(index + 1)}`, "token", fixture);
  }
});
