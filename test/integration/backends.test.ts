import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import { createEmulator } from "../../src/emulator/create-emulator.ts";
import type { Emulator } from "../../src/emulator/emulator.ts";
import { defaultWorld } from "../../src/emulator/world/world.ts";
import type { World, WorldBackend, WorldService } from "../../src/emulator/world/world.ts";
import { answering, program } from "../support/backend-programs.ts";

function publicWorld(backend: WorldBackend, change: Partial<WorldService> = {}): World {
  const bindings = [{ role: "roles/run.invoker", members: ["allUsers"] }];
  return {
    ...defaultWorld,
    services: defaultWorld.services.map((service) => ({ ...service, bindings, backend, ...change })),
  };
}

/** An emulator whose commands' output is kept, and can be waited for. */
async function start(
  world: World,
): Promise<Emulator & { readonly lines: string[]; said(pattern: RegExp): Promise<void> }> {
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const log = (line: string): void => {
    lines.push(line);
    for (const check of waiting) check();
  };
  const emulator = await createEmulator(world, { log });
  const said = (pattern: RegExp): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (!lines.some((line) => pattern.test(line))) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  return Object.assign(emulator, { lines, said });
}

async function get(
  emulator: Emulator,
  path = "/",
  host?: string,
): Promise<{ status: number; type: string; body: string }> {
  const outgoing = request({
    host: "127.0.0.1",
    port: emulator.port,
    path,
    headers: { host: host ?? new URL(emulator.serviceUrl("my-service")).host },
    agent: false,
  });
  outgoing.end();
  const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
  const chunks: Buffer[] = await incoming.toArray();
  return {
    status: incoming.statusCode ?? 0,
    type: incoming.headers["content-type"] ?? "",
    body: Buffer.concat(chunks).toString(),
  };
}

test("a command is started with Cloud Run's variables, its output is logged, and it ends with the emulator", async () => {
  const names = '["K_SERVICE","K_REVISION","K_CONFIGURATION","OWN","GOOGLE_APPLICATION_CREDENTIALS"]';
  const backend = answering(
    `() => (console.log("called, with eyJhbGciOiJSUzI1NiJ9.e30.c2ln"), JSON.stringify([process.pid, ...${names}.map((name) => process.env[name])]))`,
    { env: { OWN: "mine" } },
  );
  const emulator = await start(publicWorld(backend));
  let pid = 0;
  try {
    const { status, body } = await get(emulator);
    assert.equal(status, 200);
    const [child, ...seen] = JSON.parse(body) as [number, ...unknown[]];
    pid = child;
    assert.deepEqual(seen, ["my-service", "my-service-00001-emu", "my-service", "mine", null]);
    await emulator.said(/^\[my-service\] called, with \[redacted\]$/);
  } finally {
    await emulator.close();
  }
  assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
});

test("a command that ends before it listens: Cloud Run's 500, and the reason in the log (a guess: failed-start)", async () => {
  await using emulator = await start(publicWorld(program("process.exit(3)")));
  const { status, body } = await get(emulator);
  assert.equal(status, 500);
  assert.equal(body, "The request failed because the instance could not start successfully.");
  await emulator.said(/^\[my-service\] .*ended with 3 before it listened on port \d+$/);
});

test("a program that does not exist is a failed start too", async () => {
  await using emulator = await start(publicWorld({ command: ["/nonexistent/program"] }));
  assert.equal((await get(emulator)).status, 500);
  await emulator.said(/could not be started.*ENOENT/);
});

test("a command that ends while it serves is started again, and the next request waits for it", async () => {
  const backend = answering("(request) => request.url === '/crash' ? process.exit(1) : process.pid");
  await using emulator = await start(publicWorld(backend));
  const first = (await get(emulator)).body;
  assert.equal((await get(emulator, "/crash")).status, 503);
  await emulator.said(/ended with 1; it is started again/);
  const second = await get(emulator);
  assert.equal(second.status, 200);
  assert.notEqual(second.body, first);
});

test("with a path to ask, a command is ready when that answers well", async () => {
  const source = `
    let asked = 0;
    require("node:http").createServer((request, response) => {
      if (request.url === "/ready" && ++asked < 3) response.statusCode = 503;
      response.end(String(asked));
    }).listen(Number(process.env.PORT), "127.0.0.1")`;
  await using emulator = await start(publicWorld(program(source, { readyPath: "/ready" })));
  assert.equal((await get(emulator)).body, "3");
});

test("a request that takes too long: 504, `upstream request timeout` (a guess: request-timeout)", async () => {
  const backend = program(`require("node:http").createServer(() => {}).listen(Number(process.env.PORT), "127.0.0.1")`);
  await using emulator = await start(publicWorld(backend, { timeoutSeconds: 0.5 }));
  await emulator.said(/ready on port/);
  const { status, type, body } = await get(emulator);
  assert.deepEqual([status, type, body], [504, "text/plain; charset=utf-8", "upstream request timeout"]);
  assert.equal(emulator.trace().at(-1)?.status, 504);
});

test("an answer that has begun when the time is over is cut", async () => {
  const backend = answering("() => ''");
  const source = backend.command.at(-1)!.replace(/response\.end\(.*\)\)\)/, "response.write('begun'))");
  await using emulator = await start(publicWorld(program(source), { timeoutSeconds: 0.5 }));
  await emulator.said(/ready on port/);
  await assert.rejects(get(emulator), { code: "ECONNRESET" });
});

test("an image that the world names is served by its backend, per revision and tag", async () => {
  const world: World = {
    ...publicWorld("echo"),
    images: [
      { image: "example.com/app:2", backend: answering("() => `two ${process.env.K_REVISION}`") },
      { image: "example.com/app", backend: answering("() => `one ${process.env.K_REVISION}`") },
    ],
  };
  await using emulator = await start(world);
  const { CLOUDSDK_CONFIG: directory } = await emulator.prepareEnvironment();
  const call = await asOwner(emulator, directory ?? "");
  const name = "projects/demo-project/locations/us-central1/services/my-service";
  const patch = async (service: object, mask: string): Promise<void> => {
    await call("PATCH", `/v2/${name}?updateMask=${mask}`, service);
  };
  const template = (image: string): object => ({ containers: [{ image }] });
  await patch({ template: template("example.com/app:1") }, "template");
  const { latestReadyRevision } = (await call("GET", `/v2/${name}`)) as { latestReadyRevision: string };
  const first = latestReadyRevision.split("/").at(-1)!;
  await patch(
    {
      template: template("example.com/app:2"),
      traffic: [
        { type: 2, revision: first, percent: 100 },
        { type: 1, tag: "green" },
      ],
    },
    "template,traffic",
  );
  assert.equal((await get(emulator)).body, `one ${first}`);
  const host = new URL(emulator.serviceUrl("my-service")).host;
  assert.match((await get(emulator, "/", `green---${host}`)).body, /^two my-service-00003-/);
});

/** Calls an API of the emulator as the world's owner. */
async function asOwner(
  emulator: Emulator,
  gcloudDirectory: string,
): Promise<(method: string, path: string, body?: object) => Promise<unknown>> {
  const key = await readFile(`${gcloudDirectory}/legacy_credentials/admin@example.com/adc.json`, "utf8");
  const { client_id, client_secret, refresh_token } = JSON.parse(key) as Record<string, string>;
  const form = { grant_type: "refresh_token", client_id, client_secret, refresh_token } as Record<string, string>;
  const token = await fetch(`${emulator.url}/token`, { method: "POST", body: new URLSearchParams(form) });
  const { access_token: accessToken } = (await token.json()) as { access_token: string };
  return async (method, path, body) => {
    const response = await fetch(`${emulator.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${accessToken}` },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const answer = await response.json();
    assert.equal(response.status, 200, JSON.stringify(answer));
    return answer;
  };
}
