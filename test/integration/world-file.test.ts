import assert from "node:assert/strict";
import { once } from "node:events";
import { globSync } from "node:fs";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseWorldFile } from "../../src/emulator/world/world-file.ts";
import type { World } from "../../src/emulator/world/world.ts";
import { createCommandLine, done, statusOf } from "../support/command-line.ts";
import type { CommandLine } from "../support/command-line.ts";

const examples = join(import.meta.dirname, "../../examples");
let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "runpass-world-"));
});
after(() => rm(directory, { recursive: true }));

async function exampleWorld(name: string): Promise<World> {
  const file = join(examples, name);
  const parsed = await parseWorldFile(await readFile(file, "utf8"), file);
  assert.ok(parsed);
  return parsed.world;
}

const started: Readonly<Record<string, (line: CommandLine) => Promise<void>>> = {
  "two-services.yaml": async (line) => {
    assert.equal(await statusOf(line, "--as", "orders", "stock"), "200");
    assert.equal(await statusOf(line, "--as", "stock-keeper", "orders"), "200");
    assert.equal(await statusOf(line, "--as", "orders", "orders"), "403");
    assert.equal(await statusOf(line, "stock"), "403");
  },
  "frontend-and-api.yaml": async (line) => {
    assert.equal(await statusOf(line, "frontend"), "200");
    assert.equal(await statusOf(line, "api"), "403");
    assert.equal(await statusOf(line, "--as", "frontend", "api"), "200");
  },
  "ci.yaml": async (line) => {
    assert.equal(await statusOf(line, "--as", "smoke-test", "web"), "200");
    assert.deepEqual(line.emulator.trouble(), { propagationSeconds: 2 });
  },
};

test("every example is started by a test", () => {
  assert.deepEqual(globSync("*", { cwd: examples }).toSorted(), Object.keys(started).toSorted());
});

for (const [name, check] of Object.entries(started)) {
  test(`examples/${name} does what it says`, async () => {
    await using line = await createCommandLine(await exampleWorld(name));
    await check(line);
  });
}

test("--world is read before anything starts, and what is wrong with it is told with its place", async () => {
  await using line = await createCommandLine();
  const file = join(directory, "wrong.yaml");
  await writeFile(file, "emulator:\n  servics: []\n");
  const { exitCode, stderr } = await line.runpass(["emulator", "exec", "--world", file, "--", "false"]);
  assert.equal(exitCode, 125);
  assert.match(stderr, /wrong\.yaml:2:3: unknown key "servics": did you mean services\?/);
  const missing = await line.runpass(["emulator", "exec", "--world", join(directory, "none.yaml"), "--", "false"]);
  assert.match(missing.stderr, /does not exist/);
});

test("`emulator exec --world` runs in that world", async () => {
  await using line = await createCommandLine();
  const world = join(examples, "two-services.yaml");
  const script = 'test "$RUN_SERVICE" = orders && exit 7';
  assert.equal((await line.runpass(["emulator", "exec", "--world", world, "--", "sh", "-c", script])).exitCode, 7);
});

test("an export brings back policies, accounts, services and the clock, and with secrets logins and keys", async () => {
  await using line = await createCommandLine();
  await done(line, "grant", "my-service", "--as", "invoker", "--quiet");
  line.emulator.clock.advanceMs(600_000);
  const token = await done(line, "token", "my-service", "--as", "invoker");
  const open = join(directory, "open.yaml");
  const secret = join(directory, "secret.yaml");
  await done(line, "emulator", "export", open);
  await done(line, "emulator", "export", secret, "--secrets");
  const [openText, secretText] = [await readFile(open, "utf8"), await readFile(secret, "utf8")];
  assert.equal((await stat(secret)).mode & 0o777, 0o600);
  assert.match(openText, /Left out, since secret .*grants/);
  assert.doesNotMatch(openText, /PRIVATE KEY|1\/\/emulator|ya29/);
  assert.match(secretText, /# SECRET[^]*1\/\/emulator/);

  await using other = await createCommandLine({ ...(await exampleWorld("ci.yaml")) });
  await done(other, "emulator", "import", secret);
  assert.equal(other.emulator.world.services[0]?.name, "my-service");
  assert.equal(other.emulator.clock.offsetMs, 600_000);
  const host = new URL(other.emulator.serviceUrl("my-service")).host;
  const call = request(other.emulator.url, {
    agent: false,
    headers: { host, authorization: `Bearer ${token.trim()}` },
  });
  const [answer] = (await once(call.end(), "response")) as [IncomingMessage];
  answer.resume();
  assert.equal(answer.statusCode, 200, "the key that signed it came along, and the grant");
  const again = await other.emulator.export({ secrets: true });
  const body = (text: string): string => text.slice(text.indexOf("\n"));
  assert.equal(body(again), body(secretText), "what comes out is what went in");
  await done(other, "emulator", "reset");
});

test("an export is a world to begin with as well, and to reset to, with all that had changed", async () => {
  const file = join(directory, "whole.yaml");
  const out = join(directory, "again.yaml");
  {
    await using line = await createCommandLine();
    await done(line, "grant", "my-service", "--as", "invoker", "--quiet");
    await done(line, "emulator", "user", "dev@example.com", "disabled");
    line.emulator.clock.advanceMs(600_000);
    await done(line, "emulator", "export", file);
  }
  await using line = await createCommandLine();
  const script = `runpass emulator user dev@example.com active && runpass emulator reset && runpass emulator export ${out}`;
  const { exitCode, stderr } = await line.runpass(["emulator", "exec", "--world", file, "--", "sh", "-c", script]);
  assert.equal(exitCode, 0, stderr);
  const stateOf = async (path: string): Promise<string> =>
    /^state:\n(?: .*\n)*/m.exec(await readFile(path, "utf8"))![0];
  assert.equal(await stateOf(out), await stateOf(file));
  assert.match(await stateOf(out), /offsetMs: 600000[^]*state: disabled/);
});

test("an import that does not hold together changes nothing", async () => {
  await using line = await createCommandLine();
  await done(line, "grant", "my-service", "--quiet");
  const untouched = await line.emulator.export({ secrets: true });
  const file = join(directory, "twice.yaml");
  await writeFile(file, "emulator:\n  services:\n    - name: api\n    - name: api\n");
  const { exitCode, stderr } = await line.runpass(["emulator", "import", file]);
  assert.equal(exitCode, 2);
  assert.match(stderr, /twice\.yaml:4:13/);
  const empty = join(directory, "empty.yaml");
  await writeFile(empty, "\n");
  const nothing = await line.runpass(["emulator", "import", empty]);
  assert.equal(nothing.exitCode, 2);
  assert.match(nothing.stderr, /empty\.yaml is empty/);
  assert.equal(await line.emulator.export({ secrets: true }), untouched);
});
