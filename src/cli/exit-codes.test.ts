import assert from "node:assert/strict";
import test from "node:test";
import { errorCodes } from "../core/errors.ts";
import type { ErrorCode } from "../core/errors.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";

test("every error code has one of the exit codes, and never that of success", () => {
  for (const code of Object.keys(errorCodes) as ErrorCode[]) {
    assert.ok(exitCodeOf(code) in exitCodes, code);
    assert.notEqual(exitCodeOf(code), 0, code);
  }
});

test("exactly what may succeed later ends with the exit code for that", () => {
  for (const [code, { retryable }] of Object.entries(errorCodes)) {
    assert.equal(exitCodeOf(code as ErrorCode) === 6, retryable, code);
  }
});
