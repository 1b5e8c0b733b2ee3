import assert from "node:assert/strict";
import test from "node:test";
import { alignColumns, displayWidth } from "./columns.ts";

test("columns line up, wide characters counted as two", () => {
  assert.equal(displayWidth("abc"), 3);
  assert.equal(displayWidth("日本語 (ja)"), 11);
  const lines = alignColumns([
    ["a", "x"],
    ["日本", "y"],
    ["abc", ""],
  ]);
  assert.deepEqual(lines, ["a     x", "日本  y", "abc"]);
});
