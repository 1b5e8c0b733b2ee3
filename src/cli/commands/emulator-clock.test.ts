import assert from "node:assert/strict";
import test from "node:test";
import { RunpassError } from "../../core/errors.ts";
import { parseClockChange } from "./emulator-clock.ts";

test("a clock is moved by a span, put to an instant or put back", () => {
  assert.deepEqual(parseClockChange("+2h"), { advanceMs: 7_200_000 });
  assert.deepEqual(parseClockChange("-90s"), { advanceMs: -90_000 });
  assert.deepEqual(parseClockChange("+3d"), { advanceMs: 259_200_000 });
  assert.deepEqual(parseClockChange("2030-01-01T00:00:00+09:00"), { to: "2029-12-31T15:00:00.000Z" });
  assert.deepEqual(parseClockChange("advance 2h"), { advanceMs: 7_200_000 });
  assert.deepEqual(parseClockChange("advance -2h"), { advanceMs: -7_200_000 });
  assert.deepEqual(parseClockChange("set 2030-01-01T00:00:00Z"), { to: "2030-01-01T00:00:00.000Z" });
  assert.deepEqual(parseClockChange("set 2030-01-01"), { to: "2030-01-01T00:00:00.000Z" });
  assert.deepEqual(parseClockChange("reset"), { reset: true });
});

test("anything else is refused", () => {
  for (const text of [
    "",
    "2h",
    "+2",
    "+2w",
    "tomorrow",
    "2030",
    "2030-13-01T00:00:00Z",
    "+1h30m",
    "set +2h",
    "advance",
    "set",
  ]) {
    assert.throws(
      () => parseClockChange(text),
      (error) => error instanceof RunpassError && error.code === "invalid_argument",
      text,
    );
  }
});
