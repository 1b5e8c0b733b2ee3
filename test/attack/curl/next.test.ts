import assert from "node:assert/strict";
import { test } from "node:test";
import { curl, startServer } from "./fixture.ts";

for (const words of [
  ["--next", "http://127.0.0.1:1/"],
  ["-:", "http://127.0.0.1:1/"],
  ["-s:", "http://127.0.0.1:1/"],
  ["--nex", "x"],
]) {
  test(`another request with options of its own is refused: ${words[0]}`, async () => {
    await using server = await startServer();
    const outcome = await curl(server.origin, words);
    assert.equal(outcome.error?.code, "invalid_argument");
    assert.equal(outcome.tokensAsked, 0);
    assert.equal(server.requests.length, 0);
  });
}
