import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, flavor, startTargets } from "./fixture.ts";

test("a page of another origin gets no token, and no leave to ask by a preflight", async () => {
  await using targets = await startTargets();
  for (const port of targets.ports) {
    for (const headers of [
      { origin: "https://attacker.example" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
    ]) {
      const { status, body } = await ask(port, { ...flavor, ...headers });
      assert.equal(status, 403, JSON.stringify(headers));
      assert.doesNotMatch(body, /ya29/);
    }
    const preflight = { "access-control-request-method": "GET", "access-control-request-headers": "metadata-flavor" };
    assert.equal((await ask(port, preflight, { method: "OPTIONS" })).status, 405);
  }
});
