import { test } from "node:test";
import { assertTokenRefused, mint } from "./fixture.ts";

const content = mint().split(".").slice(0, 2).join(".");

for (const [form, signature] of Object.entries({
  zeros: Buffer.alloc(256),
  "a one": Buffer.from([...Buffer.alloc(255), 1]),
  "all bits set": Buffer.alloc(256, 0xff),
  "one byte": Buffer.alloc(1),
  "one byte too many": Buffer.alloc(257, 1),
})) {
  test(`a token with ${form} as its signature is refused`, () => {
    assertTokenRefused(`${content}.${signature.toString("base64url")}`);
  });
}
