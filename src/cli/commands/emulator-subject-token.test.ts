import assert from "node:assert/strict";
import test from "node:test";
import { RunpassError } from "../../core/errors.ts";
import { parseClaim } from "./emulator-subject-token.ts";

test("a claim is JSON, or else a text", () => {
  assert.deepEqual(parseClaim("environment=prod"), ["environment", "prod"]);
  assert.deepEqual(parseClaim("groups=[1]"), ["groups", [1]]);
  assert.deepEqual(parseClaim("query=a=b"), ["query", "a=b"]);
  assert.deepEqual(parseClaim("empty="), ["empty", ""]);
  for (const text of ["environment", "=x", ""]) {
    assert.throws(
      () => parseClaim(text),
      (error) => error instanceof RunpassError && error.code === "invalid_argument",
      text,
    );
  }
});
