import assert from "node:assert/strict";
import { test } from "node:test";
import { printable } from "./printable.ts";

test("control and formatting characters are written out, all else stays", () => {
  assert.equal(printable("a b é 日本 👍"), "a b é 日本 👍");
  assert.equal(
    printable("\u001b[2J\r\n\u0085\u202e\u2028\ud800"),
    "\\u{1b}[2J\\u{d}\\u{a}\\u{85}\\u{202e}\\u{2028}\\u{d800}",
  );
});
