import assert from "node:assert/strict";
import { test } from "node:test";
import { curl } from "./fixture.ts";

for (const words of [
  ["--made-up"],
  ["--made-up", "https://evil.example"],
  ["-\u00e9"],
  ["-"],
  ["--expand-url", "x"],
  ["--variable", "a=b"],
  ["--"],
  ["--ur"],
  ["--url"],
  ["-s=1"],
  ["--silent=x"],
  ["--p", "x"],
]) {
  test(`an option that is not understood is refused: ${words.join(" ")}`, async () => {
    const outcome = await curl("https://web.example", words.includes("--") ? ["--", "--silent"] : words);
    assert.equal(outcome.error?.code, "invalid_argument");
    assert.ok(outcome.error?.fix);
    assert.equal(outcome.tokensAsked, 0);
  });
}
