import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connectEmulator } from "../../src/emulator/control-client.ts";
import type { EmulatorStatus } from "../../src/emulator/control.ts";
import { createEmulator } from "../../src/emulator/create-emulator.ts";
import { defaultWorld } from "../../src/emulator/world/world.ts";
import type { World } from "../../src/emulator/world/world.ts";
import { createCommandLine, done, runCommandLine } from "../support/command-line.ts";
import type { CommandLine } from "../support/command-line.ts";
import { publishedCommand } from "../support/published-command.ts";

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "runpass-state-"));
});
after(() => rm(directory, { recursive: true }));

const otherWorld: World = {
  ...defaultWorld,
  services: [{ name: "other", project: "demo-project", region: "us-central1" }],
  defaults: { ...defaultWorld.defaults, service: "other" },
};

/** Runs a command line on an emulator that keeps its state, and ends both. */
async function during<T>(name: string, action: (line: CommandLine) => Promise<T>, world?: World): Promise<T> {
  await using line = await createCommandLine(world, { dataDir: join(directory, name) });
  return await action(line);
}

/** A `runpass emulator start` of its own, on a free port, and what leads clients to it. */
async function startProcess(): Promise<{
  kill(): Promise<void>;
  run(...argv: string[]): Promise<string>;
  url: string;
}> {
  // One that is killed cannot clear up after itself: its files are in the test's own place.
  const own = { RUNPASS_EMULATOR_STATE: join(directory, "process.json"), TMPDIR: directory };
  const variables = { ...process.env, ...own, NO_COLOR: "1" };
  const argv = [
    publishedCommand,
    "emulator",
    "start",
    "--port",
    "0",
    "--format",
    "json",
    "--data",
    join(directory, "process"),
  ];
  const child = spawn(process.execPath, argv, { env: variables, stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const { url } = JSON.parse(line.toString()) as { url: string };
  const control = await connectEmulator({ variables, homeDir: "/", platform: "linux" });
  const env = { ...variables, ...(await control.environment()) };
  return {
    url,
    run: async (...words) => {
      const { exitCode, stdout, stderr } = await runCommandLine(words, env);
      assert.equal(exitCode, 0, stderr);
      return stdout.trim();
    },
    kill: async () => {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

test("policies with their conditions, logins, signing keys and the clock outlive a kill", async () => {
  const first = await startProcess();
  await first.run("grant", "my-service", "--as", "invoker", "--for", "30m", "--quiet");
  await first.run("emulator", "clock", "+10m");
  const token = await first.run("token", "my-service", "--as", "invoker");
  await first.kill();
  const second = await startProcess();
  const status = JSON.parse(await second.run("emulator", "status", "--format", "json")) as EmulatorStatus;
  assert.ok(Date.parse(status.time) > Date.now() + 590_000, "the clock is ten minutes ahead");
  const service = new URL(status.services[0]?.url ?? "").host;
  const got = await statusOf(second.url, service, { authorization: `Bearer ${token}` });
  assert.equal(got, 200, "a token from before is good: its key and the grant are there");
  assert.match(await second.run("curl", "--as", "invoker", "my-service", "-s"), /GET/);
  await second.run("emulator", "clock", "+20m");
  const late = await statusOf(second.url, service, { authorization: `Bearer ${token}` });
  assert.equal(late, 403, "the grant was for half an hour, of which a third had passed before the kill");
  await second.kill();
});

test("a state goes on as it was, whatever world is given, until it is reset to that", async () => {
  await during("worlds", async (line) => void (await done(line, "grant", "my-service", "--quiet")));
  await during(
    "worlds",
    async ({ emulator }) => {
      assert.equal(emulator.world.services[0]?.name, "my-service");
      await emulator.reset();
      assert.equal(emulator.world.services[0]?.name, "other");
      assert.throws(() => emulator.serviceUrl("my-service"), { code: "not_found" });
    },
    otherWorld,
  );
  await during("worlds", async ({ emulator }) => {
    assert.equal(emulator.world.services[0]?.name, "other");
    await emulator.reset();
    assert.equal(emulator.world.services[0]?.name, "other", "without a world of its own it stays with the first");
  });
});

test("a world that does not hold together leaves no state behind", async () => {
  const dataDir = join(directory, "wrong");
  const wrong = { ...defaultWorld, services: [...defaultWorld.services, ...defaultWorld.services] };
  await assert.rejects(createEmulator(wrong, { dataDir }), { code: "invalid_argument" });
  const emulator = await createEmulator(otherWorld, { dataDir });
  assert.equal(emulator.world.services[0]?.name, "other");
  await emulator.close();
});

test("two emulators do not share a directory", async () => {
  const dataDir = join(directory, "shared");
  const first = await createEmulator(undefined, { dataDir });
  await assert.rejects(createEmulator(undefined, { dataDir }), { code: "state_unusable" });
  await first.close();
});

/** The status that a service answers with, through the proxy's plain-HTTP way in. */
async function statusOf(url: string, host: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(url, { agent: false, headers: { ...headers, host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    call.on("error", reject).end();
  });
}
