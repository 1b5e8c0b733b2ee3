import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, flavor, startTargets } from "./fixture.ts";

// DNS rebinding: the page's own name resolves to loopback, so that its script is of the same origin and may set any header.
test("no token under a name that is not the metadata server's", async () => {
  await using targets = await startTargets();
  for (const port of targets.ports) {
    for (const host of ["attacker.example", "metadata.google.internal.attacker.example", "127.0.0.1.nip.io"]) {
      const { status, body } = await ask(port, { ...flavor, host });
      assert.ok(status >= 400 && status < 500, `${host}: ${status}`);
      assert.doesNotMatch(body, /ya29/);
    }
    for (const host of ["metadata.google.internal", "169.254.169.254", "metadata", `localhost:${port}`]) {
      assert.equal((await ask(port, { ...flavor, host })).status, 200, host);
    }
  }
});
