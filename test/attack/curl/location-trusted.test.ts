import assert from "node:assert/strict";
import { test } from "node:test";
import { curl, startServer } from "./fixture.ts";

for (const option of ["--location-trusted", "--location-t", "--location-trusted=", "--loc-trusted"]) {
  test(`${option} is refused`, async () => {
    await using server = await startServer();
    const outcome = await curl(server.origin, [option]);
    assert.equal(outcome.error?.code, "invalid_argument");
    assert.equal(outcome.tokensAsked, 0);
    assert.equal(server.requests.length, 0);
  });
}
