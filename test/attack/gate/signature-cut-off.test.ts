import { test } from "node:test";
import { assertTokenRefused, mint } from "./fixture.ts";

const token = mint();
const [head = "", payload = "", signature = ""] = token.split(".");

test("a token whose signature is cut off anywhere is refused", () => {
  for (let length = 0; length < signature.length; length += 1) {
    assertTokenRefused(`${head}.${payload}.${signature.slice(0, length)}`);
  }
});

test("a token with its signature missing, doubled or moved is refused", () => {
  assertTokenRefused(`${head}.${payload}`);
  assertTokenRefused(`${head}.${payload}..`);
  assertTokenRefused(`${head}.${payload}..${signature}`);
  assertTokenRefused(`${token}.${signature}`);
  assertTokenRefused(`${head}.${payload}.${signature}${signature}`);
  assertTokenRefused(`${head}.${signature}.${payload}`);
  assertTokenRefused(`.${payload}.${signature}`);
  assertTokenRefused(`${head}..${signature}`);
  assertTokenRefused(`${head}.${payload}${signature}`);
  assertTokenRefused("..");
  assertTokenRefused(".");
});
