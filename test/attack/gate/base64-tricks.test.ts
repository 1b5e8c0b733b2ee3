import { test } from "node:test";
import { assertAdmitted, assertTokenRefused, createFixture, mint } from "./fixture.ts";

const token = mint();
const [head = "", payload = "", signature = ""] = token.split(".");
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

test("padding is refused", () => {
  for (const padding of ["=", "==", "===", "%3D"]) {
    assertTokenRefused(`${token}${padding}`);
    assertTokenRefused(`${head}${padding}.${payload}.${signature}`);
    assertTokenRefused(`${head}.${payload}${padding}.${signature}`);
  }
});

test("the alphabet that is not for URLs is refused", () => {
  let other = token;
  for (let nonce = 0; other === token; nonce += 1) {
    const candidate = mint({ nonce: String(nonce) });
    other = candidate.slice(candidate.lastIndexOf(".")).match(/[-_]/) ? candidate : other;
  }
  assertAdmitted(createFixture().decideToken(other));
  const [first, second, third = ""] = other.split(".");
  assertTokenRefused(`${first}.${second}.${third.replaceAll("-", "+").replaceAll("_", "/")}`);
});

test("characters that a lenient decoder passes over are refused", () => {
  for (const extra of ["!", "*", "~", ":", "%0A", "\u00e9"]) {
    assertTokenRefused(`${head}.${payload}.${signature}${extra}`);
    assertTokenRefused(`${head}.${payload}.${signature.slice(0, 9)}${extra}${signature.slice(9)}`);
    assertTokenRefused(`${head}${extra}.${payload}.${signature}`);
    assertTokenRefused(`${head}.${payload}${extra}.${signature}`);
  }
});

test("a signature in another spelling of the same bytes is refused", () => {
  const last = alphabet.indexOf(signature.at(-1) ?? "");
  for (let unusedBits = 1; unusedBits < 16; unusedBits += 1) {
    assertTokenRefused(`${head}.${payload}.${signature.slice(0, -1)}${alphabet[last ^ unusedBits]}`);
  }
});
