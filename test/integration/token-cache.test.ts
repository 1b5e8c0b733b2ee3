import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { startBackend } from "../support/loopback.ts";
import { publishedCommand } from "../support/published-command.ts";

interface Setup {
  readonly directory: string;
  /** How often the token endpoint was asked. */
  requests: number;
  /** Called with each request before it is answered. */
  onRequest: () => Promise<void>;
  start(): ChildProcess;
}

/** A token endpoint, and processes that share a login and a cache. */
async function setUp(t: TestContext): Promise<Setup> {
  const directory = mkdtempSync(join(tmpdir(), "runpass-"));
  const backend = await startBackend((request, response) => {
    request.resume();
    setup.requests++;
    const { requests } = setup;
    const answer = async (): Promise<void> => {
      await setup.onRequest();
      const claims = { aud: "client", exp: Math.floor(Date.now() / 1000) + 3600, jti: requests };
      const [head, body] = [{ alg: "RS256" }, claims].map((part) =>
        Buffer.from(JSON.stringify(part)).toString("base64url"),
      );
      response.end(JSON.stringify({ access_token: "a", expires_in: 3599, id_token: `${head}.${body}.c2ln` }));
    };
    void answer();
  });
  t.after(async () => {
    await backend[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });
  const key = { type: "authorized_user", client_id: "client", client_secret: "s", refresh_token: "r" };
  writeFileSync(
    join(directory, "key.json"),
    JSON.stringify({ ...key, token_uri: new URL("/token", backend.url).href }),
  );
  const setup: Setup = {
    directory,
    requests: 0,
    onRequest: async () => {},
    start: () =>
      spawn(process.execPath, [publishedCommand, "token", "--format", "json"], {
        env: {
          PATH: process.env["PATH"],
          HOME: directory,
          RUNPASS_CREDENTIALS: join(directory, "key.json"),
          RUNPASS_CACHE_DIR: join(directory, "cache"),
        },
      }),
  };
  return setup;
}

interface Output {
  readonly token: string;
  readonly source: string;
}

async function outputOf(child: ChildProcess): Promise<Output> {
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (chunk) => (stdout += String(chunk)));
  child.stderr?.on("data", (chunk) => (stderr += String(chunk)));
  await once(child, "close");
  assert.equal(stderr, "");
  return JSON.parse(stdout) as Output;
}

function filesIn(directory: string): string[] {
  return readdirSync(join(directory, "cache", "id-tokens")).map((name) => name.replace(/^[0-9a-f]{64}/, "KEY"));
}

test("six processes that ask at once make one request between them and get one token", async (t) => {
  const setup = await setUp(t);
  const outputs = await Promise.all(Array.from({ length: 6 }, async () => outputOf(setup.start())));
  assert.equal(setup.requests, 1);
  assert.equal(new Set(outputs.map(({ token }) => token)).size, 1);
  assert.deepEqual(outputs.map(({ source }) => source).sort(), [...Array<string>(5).fill("cache"), "minted"]);
  assert.deepEqual(filesIn(setup.directory).sort(), ["KEY.json", "KEY.lock"]);
});

test("a process that is killed while it asks leaves nothing behind that holds up the next", async (t) => {
  const setup = await setUp(t);
  const asked = Promise.withResolvers<void>();
  setup.onRequest = () => {
    asked.resolve();
    return new Promise(() => {}); // never answered
  };
  const first = setup.start();
  await asked.promise;
  const second = setup.start();
  setup.onRequest = async () => {};
  first.kill("SIGKILL");
  assert.equal((await outputOf(second)).source, "minted");
  assert.deepEqual(filesIn(setup.directory).sort(), ["KEY.json", "KEY.lock"]);
  const cached = join(setup.directory, "cache", "id-tokens");
  const file = readdirSync(cached).find((name) => name.endsWith(".json")) ?? "";
  assert.ok(JSON.parse(readFileSync(join(cached, file), "utf8")));
});

test("the end of a process that asks does not fail those that wait for it", async (t) => {
  const setup = await setUp(t);
  const asked = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  setup.onRequest = async () => {
    asked.resolve();
    await release.promise;
  };
  const first = setup.start();
  await asked.promise;
  const others = [setup.start(), setup.start()].map(outputOf);
  first.kill("SIGTERM");
  release.resolve();
  const [one, another] = await Promise.all(others);
  assert.equal(one?.token, another?.token);
});
