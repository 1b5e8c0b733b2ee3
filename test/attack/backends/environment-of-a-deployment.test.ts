import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultWorld } from "../../../src/emulator/world/world.ts";
import { callAs, run, startSubject } from "../../contract/fixture.ts";
import { answering } from "../../support/backend-programs.ts";

// Whoever may deploy could else run code as the emulator's user, by NODE_OPTIONS and its like.
test("a deployment chooses among the world's commands, and gives them no variables and no arguments", async () => {
  const backend = answering("() => JSON.stringify([process.env.NODE_OPTIONS ?? null, process.argv.slice(1)])");
  const bindings = [{ role: "roles/run.invoker", members: ["allUsers"] }];
  const services = [{ ...defaultWorld.services[0]!, bindings }];
  await using subject = await startSubject({ ...defaultWorld, services, images: [{ image: "i", backend }] });
  const name = "projects/demo-project/locations/us-central1/services/my-service";
  const containers = [
    {
      image: "i",
      command: ["/bin/false"],
      args: ["x"],
      env: [{ name: "NODE_OPTIONS", value: "--require=/tmp/x.cjs" }],
    },
  ];
  await callAs(subject, "admin@example.com", "PATCH", `/v2/${name}?updateMask=template`, { template: { containers } });
  const { stdout } = await run(subject, "curl", ["--silent", subject.serviceUrl]);
  assert.equal(stdout, "[null,[]]");
});
