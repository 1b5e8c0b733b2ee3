import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultWorld } from "../../src/emulator/world/world.ts";
import type { World } from "../../src/emulator/world/world.ts";
import { createCommandLine, done, statusOf } from "../support/command-line.ts";
import type { CommandLine } from "../support/command-line.ts";
import { goAsAccount, goAsYourself } from "../support/flows.ts";

test("a grant and its revocation reach gate and IAM Credentials after the time that the world says, the policy at once", async () => {
  const world: World = { ...defaultWorld, trouble: { propagationSeconds: 120 } };
  await using line = await createCommandLine(world);
  const { clock } = line.emulator;
  await done(line, "grant", "my-service", "--as", "invoker", "--quiet");
  assert.match(await done(line, "access", "my-service"), /invoker@/, "the policy says it already");
  assert.equal(
    (await line.runpass(["token", "my-service", "--as", "invoker"])).exitCode,
    4,
    "IAM Credentials does not",
  );
  clock.advanceMs(119_000);
  assert.equal((await line.runpass(["token", "my-service", "--as", "invoker"])).exitCode, 4);
  clock.advanceMs(1_000);
  assert.equal(await statusOf(line, "--as", "invoker", "my-service"), "200");
  await done(line, "revoke", "my-service", "--as", "invoker", "--quiet");
  assert.equal(await statusOf(line, "--as", "invoker", "my-service"), "200", "the revocation is still on its way");
  clock.advanceMs(120_000);
  assert.equal(await statusOf(line, "--as", "invoker", "my-service"), "403");
});

test("the runpass client gets over APIs that fail for a moment", async () => {
  const world: World = {
    ...defaultWorld,
    trouble: {
      faults: [
        { api: "run.googleapis.com", status: 503, retryAfterSeconds: 0, times: 1 },
        { api: "oauth2.googleapis.com", connection: "reset", times: 1 },
        { api: "iamcredentials.googleapis.com", status: 429, retryAfterSeconds: 0, times: 1, path: ":generateIdToken" },
        { api: "iamcredentials.googleapis.com", connection: "half-body", times: 1 },
      ],
    },
  };
  await using line = await createCommandLine(world);
  const patient: CommandLine = { ...line, runpass: (argv) => line.runpass(argv, { pause: async () => {} }) };
  await done(patient, "grant", "my-service", "--as", "invoker", "--quiet");
  assert.equal(await statusOf(patient, "--as", "invoker", "my-service"), "200");
  assert.deepEqual(line.emulator.faults.list(), [], "it met them all");
});

test("faults, propagation and rough mode are set from the command line while the emulator runs", async () => {
  await using line = await createCommandLine();
  const { faults } = line.emulator;
  await done(line, "emulator", "fault", "add", "my-service", "status=503", "retry-after=5", "latency=1ms", "times=2");
  await done(line, "emulator", "fault", "add", "run.googleapis.com", "connection=reset", "share=0.5", "path=/v2/");
  await done(line, "emulator", "fault", "add", "iam.googleapis.com", "reason=SECURITY_POLICY_VIOLATED");
  assert.deepEqual(
    faults.list().map(({ fault }) => fault),
    [
      { service: "my-service", status: 503, retryAfterSeconds: 5, latencyMs: 1, times: 2 },
      { api: "run.googleapis.com", connection: "reset", share: 0.5, path: "/v2/" },
      { api: "iam.googleapis.com", reason: "SECURITY_POLICY_VIOLATED" },
    ],
  );
  assert.match(await done(line, "emulator", "fault"), /^1 +my-service +status=503/m);
  await done(line, "emulator", "fault", "clear", "1");
  assert.equal(faults.list().length, 2);
  await done(line, "emulator", "fault", "clear");
  assert.equal(faults.list().length, 0);
  for (const wrong of [
    ["add"],
    ["add", "my-service"],
    ["add", "my-service", "status=ok"],
    ["add", "my-service", "speed=3"],
    ["add", "my-service", "reason=SECURITY_POLICY_VIOLATED"],
    ["add", "iam.googleapis.com", "reason=OTHER"],
    ["add", "iam.googleapis.com", "reason=SECURITY_POLICY_VIOLATED", "status=429"],
    ["add", "status=503"],
    ["clear", "1", "2"],
    ["list", "1"],
  ]) {
    assert.equal((await line.runpass(["emulator", "fault", ...wrong])).exitCode, 2, wrong.join(" "));
  }
  assert.equal((await line.runpass(["emulator", "fault", "clear", "9"])).exitCode, 5);
  assert.equal(await done(line, "emulator", "trouble", "propagation", "60"), "policies take 60 s\nno rough mode\n");
  assert.equal(await done(line, "emulator", "trouble", "rough", "42"), "policies take 60 s\nrough mode, seed 42\n");
  assert.deepEqual(line.emulator.trouble(), { propagationSeconds: 60, rough: { seed: 42 } });
  assert.equal(await done(line, "emulator", "trouble", "calm"), "policies take no time\nno rough mode\n");
  assert.equal((await line.runpass(["emulator", "trouble", "propagation", "soon"])).exitCode, 2);
  assert.equal((await line.runpass(["emulator", "trouble", "propagation", "90000"])).exitCode, 2);
});

test("in rough mode keys are replaced and members of JSON change places, and every token is good all the same", async () => {
  const world: World = { ...defaultWorld, trouble: { rough: { seed: 7 } } };
  await using line = await createCommandLine(world);
  await done(line, "grant", "my-service", "--as", "invoker", "--quiet");
  const kids = new Set<unknown>();
  const statuses: string[] = [];
  for (let round = 0; round < 5; round += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, as a seed is repeated
    const token = await done(line, "token", "my-service", "--as", "invoker", "--no-cache");
    kids.add((JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()) as { kid: unknown }).kid);
    // oxlint-disable-next-line no-await-in-loop -- the same
    statuses.push(await statusOf(line, "--as", "invoker", "my-service"));
  }
  assert.ok(kids.size > 1, "more than one key has signed");
  assert.deepEqual([...new Set(statuses)], ["200"]);
});

for (const [name, go] of Object.entries({ "as yourself": goAsYourself, "as a service account": goAsAccount })) {
  test(`the flow of the runpass client holds in rough mode: ${name}`, async () => {
    await using line = await createCommandLine({ ...defaultWorld, trouble: { rough: { seed: 20261124 } } });
    await go(line);
  });
}
