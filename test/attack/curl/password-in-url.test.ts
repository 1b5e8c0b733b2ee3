import assert from "node:assert/strict";
import test from "node:test";
import { createCommandLine } from "../../support/command-line.ts";

test("a password that stands in a URL is not repeated in errors", async () => {
  await using line = await createCommandLine();
  for (const words of ["curl my-service https://me:hunter2@example.com/", "token https://me:hunter2@example.com"]) {
    const { exitCode, stderr } = await line.runpass(words.split(" "));
    assert.ok(exitCode === 125 || exitCode === 2, stderr);
    assert.match(stderr, /@example\.com/);
    assert.doesNotMatch(stderr, /hunter2/);
  }
});
