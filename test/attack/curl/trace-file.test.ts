import assert from "node:assert/strict";
import { test } from "node:test";
import { curl, startServer } from "./fixture.ts";

// curl takes abbreviations and values after "=".
for (const option of ["--trace", "--trace-ascii", "--trace-a", "--trace-ascii=-"]) {
  test(`${option} is refused: curl would write the token into the file`, async () => {
    await using server = await startServer();
    const outcome = await curl(server.origin, option.includes("=") ? [option] : [option, "-"]);
    assert.equal(outcome.error?.code, "invalid_argument");
    assert.equal(outcome.tokensAsked, 0);
    assert.equal(server.requests.length, 0);
  });
}
