import assert from "node:assert/strict";
import { test } from "node:test";
import { sayExpiry, sayWhen } from "./time-in-words.ts";

const [second, minute, hour] = [1_000, 60_000, 3_600_000];

test("a distance in time is told in the largest unit of which there are two", () => {
  const rows: readonly (readonly [number, string])[] = [
    [0, "now"],
    [999, "now"],
    [second, "in 1 s"],
    [119 * second, "in 119 s"],
    [2 * minute, "in 2 min"],
    [hour, "in 60 min"],
    [2 * hour, "in 2 h"],
    [47 * hour, "in 47 h"],
    [48 * hour, "in 2 d"],
    [-3 * minute, "3 min ago"],
    [-90 * minute, "90 min ago"],
    [-400 * 24 * hour, "400 d ago"],
  ];
  for (const [distance, words] of rows) assert.equal(sayWhen(5_000_000 + distance, 5_000_000), words);
});

test("what is over has expired", () => {
  assert.equal(sayExpiry(10 * minute, 0), "expires in 10 min");
  assert.equal(sayExpiry(0, 10 * minute), "expired 10 min ago");
  assert.equal(sayExpiry(0, 0), "expired now");
});
