import assert from "node:assert/strict";
import { test } from "node:test";
import { assertTokenRefused, claims, encode, header, mint, signText } from "./fixture.ts";

const head = JSON.stringify(header);
const payload = JSON.stringify(claims);

test("claims in __proto__ or constructor are no claims", () => {
  assertTokenRefused(signText(head, `{"__proto__":${payload}}`));
  assertTokenRefused(signText(head, `{"constructor":{"prototype":${payload}}}`));
  assertTokenRefused(signText(`{"__proto__":${head}}`, payload));
  assert.equal(({} as Record<string, unknown>)["aud"], undefined);
});

test("of a claim that comes twice the last counts, as JSON.parse has it", () => {
  assertTokenRefused(
    signText(
      head,
      payload.replace("{", '{"aud":"https://other.example",').replace(/}$/, ',"aud":"https://other.example"}'),
    ),
    "audience",
  );
  assertTokenRefused(signText(head.replace(/}$/, ',"alg":"none"}'), payload));
});

test("header and claims must be JSON objects", () => {
  for (const text of [
    "",
    "null",
    "1",
    '"x"',
    "[]",
    `[${payload}]`,
    "{",
    `${payload}x`,
    `\ufeff${payload}`,
    "undefined",
    "{'a':1}",
  ]) {
    assertTokenRefused(signText(head, text));
    assertTokenRefused(signText(text, payload));
  }
});

test("deeply nested JSON is refused", () => {
  assertTokenRefused(signText(head, "[".repeat(50_000)));
  assertTokenRefused(mint({ iss: JSON.parse(`${"[".repeat(1000)}${"]".repeat(1000)}`) as unknown }));
});

test("a payload that is not the signed one is refused", () => {
  const [, , signature = ""] = mint({ aud: "https://other.example" }).split(".");
  assertTokenRefused(`${encode(head)}.${encode(payload)}.${signature}`);
});
