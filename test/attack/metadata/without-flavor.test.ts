import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, flavor, startTargets } from "./fixture.ts";

// Server-side request forgery: a program that fetches whatever address it is given seldom lets the headers be chosen, too.
test("no token without the header that says the request is meant", async () => {
  await using targets = await startTargets();
  for (const port of targets.ports) {
    assert.equal((await ask(port, flavor)).status, 200);
    const { status, body } = await ask(port, {});
    assert.deepEqual([status, body], [403, 'Missing required header "Metadata-Flavor": "Google"\n']);
    for (const value of ["", "Amazon", "Google, Google"]) {
      const other = await ask(port, { "metadata-flavor": value });
      assert.equal(other.status, 404, value);
      assert.doesNotMatch(other.body, /ya29/);
    }
  }
});
