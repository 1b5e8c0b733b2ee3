import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, flavor, startTargets } from "./fixture.ts";

test("no token for a request that a proxy has passed on, whatever X-Forwarded-For says", async () => {
  await using targets = await startTargets();
  for (const port of targets.ports) {
    for (const value of ["203.0.113.7", "127.0.0.1", ""]) {
      const { status, body } = await ask(port, { ...flavor, "x-forwarded-for": value });
      assert.equal(status, 403, value);
      assert.doesNotMatch(body, /ya29/);
    }
  }
});
