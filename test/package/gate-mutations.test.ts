import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { mutations } from "../../scripts/gate-mutations.ts";

const gate = join(import.meta.dirname, "../../src/gate");

test("each mutation of the gate has its place in the source, once", () => {
  assert.ok(mutations.length > 100);
  for (const { file, from, rule } of mutations) {
    assert.equal(readFileSync(join(gate, file), "utf8").split(from).length, 2, `${file}: ${rule}`);
  }
});
