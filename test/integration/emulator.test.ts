import assert from "node:assert/strict";
import { once } from "node:events";
import { access, readFile, stat } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:http2";
import { test } from "node:test";
import { createEmulator } from "../../src/emulator/create-emulator.ts";
import type { Emulator } from "../../src/emulator/emulator.ts";
import { defaultWorld } from "../../src/emulator/world/world.ts";
import type { World, WorldService } from "../../src/emulator/world/world.ts";
import { startBackend } from "../support/loopback.ts";

/** The default world with its service public, and changed as the test needs it. */
function publicWorld(change: Partial<WorldService> = {}): World {
  return {
    ...defaultWorld,
    services: defaultWorld.services.map((service) => ({
      ...service,
      bindings: [{ role: "roles/run.invoker", members: ["allUsers"] }],
      ...change,
    })),
  };
}

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** `fetch` cannot set `Host`. */
async function send(
  emulator: Emulator,
  host: string,
  options: { method?: string; path?: string; headers?: NodeJS.Dict<string>; body?: string | Buffer } = {},
): Promise<Answer> {
  const outgoing = request({
    host: "127.0.0.1",
    port: emulator.port,
    method: options.method ?? "GET",
    path: options.path ?? "/",
    headers: { host, ...options.headers },
    agent: false,
  });
  outgoing.end(options.body);
  const [incoming] = await once(outgoing, "response");
  outgoing.on("error", () => {}); // an answer may come before the body is sent, and then nobody takes the rest
  const chunks: Buffer[] = await incoming.toArray();
  return { status: incoming.statusCode, headers: incoming.headers, body: Buffer.concat(chunks).toString() };
}

const runAppHost = (emulator: Emulator): string => new URL(emulator.serviceUrl("my-service")).host;

test("a private service refuses anonymous calls at each of its addresses, and the trace says why", async () => {
  await using emulator = await createEmulator();
  for (const host of [runAppHost(emulator), `my-service.localhost:${emulator.port}`]) {
    const { status, headers, body } = await send(emulator, host, { path: "/a?token=secret" });
    assert.equal(status, 403);
    assert.equal(headers["server"], "Google Frontend");
    assert.match(body, /Error: Forbidden/);
    const entry = emulator.trace().at(-1)!;
    assert.equal(entry.status, 403);
    assert.equal(entry.allowed, false);
    assert.equal(entry.service, "projects/demo-project/locations/us-central1/services/my-service");
    assert.equal(entry.path, "/a?token=[redacted]");
    assert.equal(entry.steps.at(-1)?.outcome, "failed");
  }
});

test("a public service answers by the built-in echo, with what a container would see", async () => {
  await using emulator = await createEmulator(publicWorld());
  const host = runAppHost(emulator);
  const { status, headers, body } = await send(emulator, host, { method: "POST", path: "/x?y", body: "hello" });
  assert.equal(status, 200);
  assert.equal(headers["server"], "Google Frontend");
  const seen = JSON.parse(body);
  assert.equal(seen.method, "POST");
  assert.equal(seen.url, "/x?y");
  assert.equal(seen.body, "hello");
  assert.equal(seen.headers.host, host);
  assert.equal(seen.headers["x-forwarded-for"], "127.0.0.1");
  assert.equal(emulator.trace().at(-1)?.status, 200);
});

test("the echo answers over HTTP/2 with the Host that a container sees", async () => {
  await using emulator = await createEmulator(publicWorld());
  const session = connect(emulator.url);
  const stream = session.request({ ":authority": runAppHost(emulator), ":path": "/h2" });
  let body = "";
  stream.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
  await once(stream, "end");
  session.close();
  assert.equal(JSON.parse(body).headers.host, runAppHost(emulator));
});

test("a backend of one's own gets the request and its answer comes back, with Google's server header", async () => {
  await using backend = await startBackend((incoming, response) => {
    response.writeHead(418, {
      server: "mine",
      "x-seen": `${incoming.method} ${incoming.url} ${incoming.headers.host}`,
    });
    incoming.pipe(response);
  });
  await using emulator = await createEmulator(publicWorld({ backend: backend.url.href }));
  const host = runAppHost(emulator);
  const answer = await send(emulator, host, { method: "PUT", path: "/p?q", body: Buffer.alloc(3_000_000, "a") });
  assert.equal(answer.status, 418);
  assert.equal(answer.headers["x-seen"], `PUT /p?q ${host}`);
  assert.equal(answer.headers["server"], "Google Frontend");
  assert.equal(answer.body.length, 3_000_000);
  assert.equal(emulator.trace().at(-1)?.status, 418);
});

test("a backend that is down gives 503 and says which", async () => {
  const backend = await startBackend(() => {});
  await backend[Symbol.asyncDispose]();
  await using emulator = await createEmulator(publicWorld({ backend: backend.url.href }));
  const { status, body } = await send(emulator, runAppHost(emulator));
  assert.equal(status, 503);
  assert.match(body, /upstream connect error.*\n.*ECONNREFUSED/);
  assert.equal(emulator.trace().at(-1)?.status, 503);
});

test("a WebSocket passes the gate once and then goes through to the backend", async () => {
  await using backend = await startBackend(() => {});
  backend.server.on("upgrade", (_request, socket) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
    socket.pipe(socket);
  });
  for (const [world, expected] of [
    [publicWorld({ backend: backend.url.href }), 101],
    [publicWorld({ backend: backend.url.href, bindings: [] }), 403],
    [publicWorld(), 501],
  ] as const) {
    await using emulator = await createEmulator(world);
    const outgoing = request({
      host: "127.0.0.1",
      port: emulator.port,
      headers: {
        host: runAppHost(emulator),
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      },
    });
    outgoing.end();
    const [answer, socket] = await Promise.race([once(outgoing, "upgrade"), once(outgoing, "response")]);
    assert.equal(answer.statusCode, expected);
    assert.equal(emulator.trace().at(-1)?.status, expected);
    if (expected !== 101) continue;
    socket.write("ping");
    const [echoed] = await once(socket, "data");
    assert.equal(String(echoed), "ping");
    socket.destroy();
  }
});

test("a request for nobody is told what there is", async () => {
  await using emulator = await createEmulator();
  for (const [host, path, expected] of [
    ["evil.example", "/", /does not know the host evil\.example/],
    [`127.0.0.1:${emulator.port}`, "/favicon.ico", /nothing is at this path/],
    ["nothing.localhost", "/", /No service is called nothing\.localhost/],
  ] as const) {
    const { status, body } = await send(emulator, host, { path });
    assert.equal(status, 404);
    assert.match(body, expected);
  }
});

test("an API call with a body beyond the limit gets 413 and nothing is read into memory", async () => {
  await using emulator = await createEmulator();
  const answer = await send(emulator, "iam.googleapis.com", {
    method: "POST",
    path: "/v1/projects/demo-project/serviceAccounts",
    headers: { "content-length": String(11 * 1024 * 1024) },
    body: Buffer.alloc(11 * 1024 * 1024),
  });
  assert.equal(answer.status, 413);
  assert.equal(JSON.parse(answer.body).error.code, 413);
});

test("gRPC is told in its own terms that the APIs speak REST only", async () => {
  await using emulator = await createEmulator();
  const headers = { "content-type": "application/grpc" };
  const answer = await send(emulator, "run.googleapis.com", {
    method: "POST",
    path: "/google.cloud.run.v2.Services/GetService",
    headers,
  });
  assert.equal(answer.headers["grpc-status"], "12");
});

test("an emulator's own folder is made once and goes with it", async () => {
  const emulator = await createEmulator();
  const variables = await emulator.prepareEnvironment();
  assert.equal(
    await emulator.prepareEnvironment().then((again) => again["CLOUDSDK_CONFIG"]),
    variables["CLOUDSDK_CONFIG"],
  );
  const stateFile = variables["RUNPASS_EMULATOR_STATE"]!;
  assert.equal((await stat(stateFile)).mode & 0o777, 0o600);
  assert.equal(JSON.parse(await readFile(stateFile, "utf8")).url, emulator.url);
  await emulator.close();
  await emulator.close();
  await assert.rejects(access(stateFile));
  await emulator.closed;
});

test("two emulators in one process do not take each other's tokens or folders", async () => {
  await using one = await createEmulator();
  await using other = await createEmulator();
  assert.notEqual(one.port, other.port);
  assert.notEqual(one.adminSecret, other.adminSecret);
  const [a, b] = await Promise.all([one.prepareEnvironment(), other.prepareEnvironment()]);
  assert.notEqual(a["CLOUDSDK_CONFIG"], b["CLOUDSDK_CONFIG"]);
});

test("a port that is taken is an error that says so", async () => {
  await using first = await createEmulator();
  await assert.rejects(createEmulator(defaultWorld, { port: first.port }), { code: "address_in_use" });
});

test("after the first, a fresh world in the same process is cheap", async () => {
  await (await createEmulator()).close();
  const times: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const start = performance.now();
    const emulator = await createEmulator();
    times.push(performance.now() - start);
    await emulator.close();
  }
  // The goal is 20 ms; the bound is generous, as other tests share the machine.
  assert.ok(Math.min(...times) < 100, `${times.map((ms) => ms.toFixed(1)).join(", ")} ms`);
});
