import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { TestContext } from "node:test";
import { rolldown } from "rolldown";
import { startBackend } from "../support/loopback.ts";
import { volume } from "../support/volume.ts";
import type { AskerAnswer } from "./clients/token-asker.ts";

const processes = volume({ full: 100, share: 12 });
const few = volume({ full: 8, share: 4 });

// In one file, as a hundred processes that strip types from twenty files each would take most of the time.
const programs = mkdtempSync(join(tmpdir(), "runpass-"));
after(() => rmSync(programs, { recursive: true }));
const bundle = await rolldown({ input: join(import.meta.dirname, "clients", "token-asker.ts"), platform: "node" });
await bundle.write({ dir: programs, entryFileNames: "asker.mjs" });

interface Setup {
  readonly directory: string;
  /** How often the token endpoint was asked. */
  requests: number;
  /** Called with each request before it is answered. */
  onRequest: () => Promise<void>;
  /** Starts a process, and waits until it can be told to ask. */
  start(options?: { readonly clockOffsetMs?: number; readonly before?: string }): Promise<ChildProcess>;
}

async function setUp(t: TestContext): Promise<Setup> {
  const directory = mkdtempSync(join(tmpdir(), "runpass-"));
  const backend = await startBackend((_request, response) => {
    setup.requests++;
    const exp = Math.floor(Date.now() / 1000) + 3600;
    const parts = [{ alg: "RS256" }, { aud: "https://a.run.app", exp, jti: setup.requests }].map((part) =>
      Buffer.from(JSON.stringify(part)).toString("base64url"),
    );
    void setup.onRequest().then(() => response.end(`${parts.join(".")}.c2ln`));
  });
  t.after(async () => {
    await backend[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  });
  const setup: Setup = {
    directory,
    requests: 0,
    onRequest: async () => {},
    start: async ({ clockOffsetMs = 0, before } = {}) => {
      const words = [process.execPath, join(programs, "asker.mjs"), backend.url.href, directory, String(clockOffsetMs)];
      const [command = "", ...rest] =
        before === undefined ? words : ["unshare", "--mount", "sh", "-c", `${before}; exec "$@"`, "sh", ...words];
      const env = { ...process.env, NODE_COMPILE_CACHE: programs };
      const child = spawn(command, rest, { stdio: ["ignore", "ignore", "inherit", "ipc"], env });
      await once(child, "message");
      return child;
    },
  };
  return setup;
}

async function ask(child: ChildProcess): Promise<AskerAnswer> {
  const answer = once(child, "message");
  child.send("ask");
  return ((await answer) as [AskerAnswer])[0];
}

/** Starts processes, and lets them go all at once when all are ready. */
async function askAll(
  setup: Setup,
  count: number,
  options?: { readonly clockOffsetMs?: number },
): Promise<AskerAnswer[]> {
  const children = await Promise.all(Array.from({ length: count }, async () => setup.start(options)));
  return Promise.all(children.map(ask));
}

function assertOneRequest(setup: Setup, answers: readonly AskerAnswer[]): void {
  assert.equal(setup.requests, 1);
  assert.equal(new Set(answers.map(({ token }) => token)).size, 1);
  assert.equal(answers.filter(({ source }) => source === "minted").length, 1);
}

test(`${processes} processes that ask at once make one request between them and get one token`, async (t) => {
  const setup = await setUp(t);
  const answers = await askAll(setup, processes);
  assertOneRequest(setup, answers);
  assert.deepEqual(
    answers.flatMap(({ warnings }) => warnings),
    [],
  );
  const names = readdirSync(join(setup.directory, "id-tokens")).map((name) => name.replace(/^[0-9a-f]{64}/, "KEY"));
  assert.deepEqual(names.sort(), ["KEY.json", "KEY.lock"]);
});

test("where every process's clock is a day ahead, those that ask at once still make one request", async (t) => {
  const setup = await setUp(t);
  const answers = await askAll(setup, few, { clockOffsetMs: 24 * 60 * 60_000 });
  assertOneRequest(setup, answers);
  const warnings = answers.flatMap((answer) => answer.warnings);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /clock is ahead of Google's/);
});

test("where every process's clock is a day behind, those that ask at once still make one request", async (t) => {
  const setup = await setUp(t);
  assertOneRequest(setup, await askAll(setup, few, { clockOffsetMs: -24 * 60 * 60_000 }));
});

test("when the process that asks for all is killed, another one asks, and nobody goes without", async (t) => {
  const setup = await setUp(t);
  const asked = Promise.withResolvers<void>();
  setup.onRequest = () => {
    asked.resolve();
    return new Promise(() => {}); // never answered
  };
  const first = await setup.start();
  first.send("ask");
  await asked.promise;
  setup.onRequest = async () => {};
  const others = await Promise.all(Array.from({ length: few }, async () => setup.start()));
  const answers = others.map(ask);
  first.kill("SIGKILL");
  const tokens = new Set((await Promise.all(answers)).map(({ token }) => token));
  assert.deepEqual([tokens.size, setup.requests], [1, 2]);
});

/** Whether this user may mount in a namespace of its own: root often may, others not. */
function whyNoMount(): string | false {
  try {
    execFileSync("unshare", ["--mount", "mount", "-t", "tmpfs", "-o", "size=16k", "none", tmpdir()], {
      stdio: "ignore",
    });
    return false;
  } catch {
    return "nothing can be mounted here";
  }
}
const noMount = whyNoMount();

test("on a full disk each gets its token, with one warning", { skip: noMount }, async (t) => {
  const setup = await setUp(t);
  const before = `mount -t tmpfs -o size=16k none ${setup.directory}; cat /dev/zero > ${setup.directory}/full 2>/dev/null`;
  const child = await setup.start({ before });
  const { source, warnings } = await ask(child);
  assert.equal(source, "minted");
  assert.match(warnings.join(), /^Tokens cannot be kept in \S+ \(ENOSPC\); going on without$/);
});

const isRoot = process.getuid?.() === 0;

test("on a read-only disk each gets its token, with one warning", { skip: isRoot && noMount }, async (t) => {
  const setup = await setUp(t);
  if (!isRoot) chmodSync(setup.directory, 0o500);
  const child = await setup.start(isRoot ? { before: `mount -t tmpfs -o ro none ${setup.directory}` } : {});
  const { source, warnings } = await ask(child);
  assert.equal(source, "minted");
  assert.match(warnings.join(), /^Tokens cannot be kept in \S+ \((?:EROFS|EACCES)\); going on without$/);
});
