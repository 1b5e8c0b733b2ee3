import assert from "node:assert/strict";
import { test } from "node:test";
import { decodedLines } from "./decoded-token.ts";

const nowMs = Date.parse("2026-01-01T12:00:00Z");

test("header and claims stand in columns, the times in words", () => {
  const header = { alg: "RS256", kid: "key" };
  const payload = {
    aud: "https://a.run.app",
    iat: nowMs / 1000 - 180,
    exp: nowMs / 1000 + 52 * 60,
    email_verified: true,
  };
  assert.deepEqual(decodedLines({ header, payload }, nowMs), [
    "header",
    "  alg  RS256",
    "  kid  key",
    "claims",
    "  aud             https://a.run.app",
    "  iat             1767268620         issued 3 min ago (2026-01-01T11:57:00Z)",
    "  exp             1767271920         expires in 52 min (2026-01-01T12:52:00Z)",
    "  email_verified  true",
  ]);
});

test("a claim can neither move the cursor nor start a line, and odd times do no harm", () => {
  const payload = { a: "\u001b[2J\n\u202e\u0085", "b\u0007": [1], exp: 1e300, iat: "soon", toString: 3 };
  const lines = decodedLines({ header: {}, payload }, nowMs);
  assert.deepEqual(lines.slice(2), [
    "  a         \\u{1b}[2J\\u{a}\\u{202e}\\u{85}",
    "  b\\u{7}    [1]",
    "  exp       1e+300",
    "  iat       soon",
    "  toString  3",
  ]);
});
