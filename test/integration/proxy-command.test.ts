import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { TestContext } from "node:test";
import { createEmulator } from "../../src/emulator/create-emulator.ts";
import type { Emulator } from "../../src/emulator/emulator.ts";
import { runCommandLine } from "../support/command-line.ts";
import { curl } from "../support/loopback.ts";
import { startProgram } from "../support/program.ts";
import type { Program } from "../support/program.ts";
import { callableWorld } from "../support/proxy.ts";

let emulator: Emulator;
let variables: NodeJS.ProcessEnv;

before(async () => {
  emulator = await createEmulator(callableWorld());
  variables = { ...process.env, ...(await emulator.prepareEnvironment()) };
});

after(() => emulator.close());

const start = (t: TestContext, words: readonly string[]): Program => startProgram(t, words, { variables });

test("proxy serves a service, tells each request, reads everything anew on SIGHUP, and ends on SIGTERM", async (t) => {
  const { child, line, exit, output } = start(t, [
    "proxy",
    "my-service",
    "--as",
    "invoker",
    "--port",
    "0",
    "--format",
    "json",
  ]);
  const { doors } = await line("ready");
  const url = doors[0]?.url ?? "";
  assert.equal((await line("token")).source, "minted", "it has its token before anybody asks");
  assert.equal((await fetch(`${url}/a?secret=1`)).status, 200);
  const event = await line("request");
  assert.deepEqual([event.service, event.path, event.status], ["my-service", "/a", 200]);
  child.kill("SIGHUP");
  await line("reloaded");
  assert.equal((await fetch(url)).status, 200);
  child.kill("SIGTERM");
  assert.equal(await exit, 0);
  assert.doesNotMatch(output.stdout + output.stderr, /eyJ/);
});

test("several services share a port, each under its own host, or have a port each", async (t) => {
  const { line } = start(t, [
    "proxy",
    "my-service",
    "my-service@us-central1",
    "0:my-service",
    "--as",
    "invoker",
    "--port",
    "0",
    "--format",
    "json",
  ]);
  const { doors } = await line("ready");
  assert.deepEqual(
    doors.map(({ services }) => services),
    [["my-service", "my-service-us-central1"], ["my-service-2"]],
  );
  const port = new URL(doors[0]?.url ?? "").port;
  const status = async (host: string): Promise<string> =>
    (await curl("-o", "/dev/null", "-w", "%{http_code}", "-H", `Host: ${host}:${port}`, `http://127.0.0.1:${port}/`))
      .stdout;
  assert.equal(await status("my-service.localhost"), "200");
  assert.equal(await status("my-service-us-central1.localhost"), "200");
  assert.equal(await status("other.localhost"), "404");
  assert.equal((await fetch(doors[1]?.url ?? "")).status, 200);
});

test("what cannot work is said before anything listens", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "runpass-"));
  t.after(() => rm(directory, { recursive: true }));
  await writeFile(join(directory, "short"), "short", { mode: 0o600 });
  const cases: readonly (readonly [words: readonly string[], exit: number, says: RegExp])[] = [
    [["proxy", "no-such-service"], 5, /no-such-service/],
    [["proxy", "my-service", "--bind", "0.0.0.0", "--port", "0"], 2, /without a secret/],
    [["proxy", "my-service", "--secret", join(directory, "short")], 2, /16 characters/],
    [["proxy", "my-service", "--cors", "localhost:3000"], 2, /no origin/],
    [["proxy", "99999:my-service"], 2, /no port/],
    [["exec", "no-such-service", "--", "true"], 125, /no-such-service/],
    [["exec", "my-service", "--as", "nobody", "--", "true"], 125, /nobody/],
    [["exec", "my-service", "my-service", "--", "true"], 125, /SERVICE_URL is set twice/],
    [["exec", "my-service", "--as", "invoker", "--", "no-such-program"], 125, /could not be started/],
  ];
  await Promise.all(
    cases.map(async ([words, code, says]) => {
      const { exitCode, stderr } = await runCommandLine(words, variables, { homeDir: directory });
      assert.equal(exitCode, code, `${words.join(" ")}: ${stderr}`);
      assert.match(stderr, says);
    }),
  );
});

test("exec gives the command URLs that work, and its exit code", async (t) => {
  const script = "curl -sS --noproxy '*' -o /dev/null -o /dev/null -w '%{http_code} ' $A_URL $B_URL; exit 3";
  const { exit, output } = start(t, [
    "exec",
    "A_URL=my-service",
    "B_URL=my-service",
    "--as",
    "invoker",
    "--",
    "sh",
    "-c",
    script,
  ]);
  assert.equal(await exit, 3, output.stderr);
  assert.equal(output.stdout, "200 200 ");
});

test("exec without a target takes RUN_SERVICE, and passes signals on", async (t) => {
  const script = "trap 'exit 7' TERM; echo $SERVICE_URL; while :; do sleep 0.05; done";
  const { child, exit, output } = start(t, ["exec", "--as", "invoker", "--", "sh", "-c", script]);
  await new Promise((resolve) => child.stdout?.once("data", resolve));
  assert.match(output.stdout, /^http:\/\/127\.0\.0\.1:\d+\n$/);
  child.kill("SIGTERM");
  assert.equal(await exit, 7);
});
