import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, flavor, startTargets } from "./fixture.ts";

test("nothing but GET and HEAD asks for anything", async () => {
  await using targets = await startTargets();
  for (const port of targets.ports) {
    for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
      const { status, body } = await ask(port, flavor, { method });
      assert.equal(status, 405, method);
      assert.doesNotMatch(body, /ya29/);
    }
    assert.deepEqual(await ask(port, flavor, { method: "HEAD" }), { status: 200, body: "" });
  }
});
