import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, flavor, startTargets } from "./fixture.ts";

test("no other spelling of a path leads to a token or to another host", async () => {
  await using targets = await startTargets();
  const base = "/computeMetadata/v1/instance/service-accounts";
  for (const port of targets.ports) {
    const paths = [
      `${base}/default/token/`,
      `${base}/default//token`,
      `${base}/../service-accounts/default/token`,
      `${base}/constructor`,
      `${base}/__proto__/token`,
      `${base}/somebody@demo-project.iam.gserviceaccount.com/token`,
      "/computeMetadata/v1beta1/instance/service-accounts/default/token",
      "/0.1/meta-data/service-accounts/default/acquire",
      "//computeMetadata/v1/instance/service-accounts/default/token",
    ];
    for (const path of paths) {
      const { status, body } = await ask(port, flavor, { path });
      assert.equal(status, 404, path);
      assert.doesNotMatch(body, /ya29/);
    }
    assert.equal((await ask(port, flavor, { path: `${base}/%zz` })).status, 400);
  }
});
