import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { IncomingMessage, RequestListener } from "node:http";
import { connect, createServer as createHttp2Server } from "node:http2";
import type { Http2Server, ServerHttp2Stream } from "node:http2";
import type { AddressInfo, Server } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import { createEmulator } from "../../src/emulator/create-emulator.ts";
import type { Emulator } from "../../src/emulator/emulator.ts";
import { defaultWorld } from "../../src/emulator/world/world.ts";
import type { WorldService } from "../../src/emulator/world/world.ts";
import { volume } from "../support/volume.ts";

const mebibyte = 1024 * 1024;
const limit = 32 * mebibyte;
const much = volume({ full: 1024, share: 192 }) * mebibyte;
const named = `${much / mebibyte} MiB`;

interface Setup extends AsyncDisposable {
  readonly emulator: Emulator;
}

async function setUp(server: Server, change: Partial<WorldService> = {}): Promise<Setup> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const service: WorldService = {
    ...defaultWorld.services[0]!,
    bindings: [{ role: "roles/run.invoker", members: ["allUsers"] }],
    backend: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...change,
  };
  const emulator = await createEmulator({ ...defaultWorld, services: [service] });
  return {
    emulator,
    [Symbol.asyncDispose]: async () => {
      await emulator.close();
      server.close();
      if ("closeAllConnections" in server) (server as { closeAllConnections(): void }).closeAllConnections();
    },
  };
}

const overHttp1 = (onRequest: RequestListener): Promise<Setup> => setUp(createServer(onRequest));

/** A backend that counts what it gets and answers with the number, over HTTP/2 in the clear. */
function countingHttp2Server(): Http2Server {
  const server = createHttp2Server({ settings: { initialWindowSize: mebibyte } });
  server.on("session", (session) => session.setLocalWindowSize(mebibyte));
  return server.on("stream", (stream: ServerHttp2Stream) => {
    let bytes = 0;
    stream.on("data", (chunk: Buffer) => (bytes += chunk.length));
    stream.on("end", () => {
      stream.respond({ ":status": 200 });
      stream.end(String(bytes));
    });
  });
}

/** Repeats one block, so that a test's own memory stays small. */
function bytesOf(length: number): Readable {
  const block = Buffer.alloc(mebibyte, "x");
  return Readable.from(
    (function* () {
      for (let left = length; left > 0; left -= block.length) yield block.subarray(0, Math.min(left, block.length));
    })(),
  );
}

async function post(emulator: Emulator, length: number, chunked = false): Promise<{ status: number; body: string }> {
  const outgoing = request({
    host: "127.0.0.1",
    port: emulator.port,
    method: "POST",
    headers: { host: `my-service.localhost:${emulator.port}`, ...(chunked ? {} : { "content-length": length }) },
    agent: false,
  });
  const answered = once(outgoing, "response") as Promise<[IncomingMessage]>;
  // A refusal comes before the body is sent, and then nobody takes the rest.
  void pipeline(bytesOf(length), outgoing).catch(() => {});
  const [incoming] = await answered;
  const chunks: Buffer[] = await incoming.toArray();
  outgoing.destroy();
  return { status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString() };
}

test("over HTTP/1 a request of 32 MiB passes, and one byte more is 413 (a guess: request-size)", async () => {
  let arrived = 0;
  await using setup = await overHttp1((incoming, response) => {
    incoming.on("data", (chunk: Buffer) => (arrived += chunk.length));
    incoming.on("end", () => response.end("got it"));
  });
  assert.deepEqual(await post(setup.emulator, limit), { status: 200, body: "got it" });
  assert.equal(arrived, limit);
  const refused = await post(setup.emulator, limit + 1);
  assert.equal(refused.status, 413);
  assert.match(refused.body, /413 Request Entity Too Large/);
  assert.equal(arrived, limit);
});

test("a request in chunks that grows beyond 32 MiB is 413 as well (a guess: request-size)", async () => {
  await using setup = await overHttp1((incoming, response) => {
    incoming.resume().on("end", () => response.end("got it"));
  });
  assert.equal((await post(setup.emulator, limit + 1, true)).status, 413);
  assert.equal(setup.emulator.trace().at(-1)?.status, 413);
});

test("the limits hold for the built-in echo too", async () => {
  await using setup = await setUp(createServer(), { backend: "echo" });
  assert.equal((await post(setup.emulator, limit + 1)).status, 413);
});

test("an answer in one piece of more than 32 MiB becomes a 500, in chunks it passes (a guess: answer-size)", async () => {
  await using setup = await overHttp1((incoming, response) => {
    if (incoming.method === "POST") return void bytesOf(limit + 1).pipe(response);
    response.setHeader("content-length", limit + 1);
    bytesOf(limit + 1).pipe(response);
  });
  const outgoing = request({
    host: "127.0.0.1",
    port: setup.emulator.port,
    headers: { host: "my-service.localhost" },
    agent: false,
  }).end();
  const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
  assert.equal(incoming.statusCode, 500);
  incoming.resume();
  const passed = await post(setup.emulator, 0);
  assert.deepEqual([passed.status, passed.body.length], [200, limit + 1]);
});

test(`${named} go up in chunks, and memory does not grow with them`, async () => {
  await using setup = await setUp(countingHttp2Server(), { protocol: "h2c" });
  await withoutGrowth(much, async (length) => {
    assert.deepEqual(await post(setup.emulator, length, true), { status: 200, body: String(length) });
  });
});

test(`${named} come down from a container of HTTP/1, and memory does not grow with them`, async () => {
  await using setup = await overHttp1(({ url }, response) => void bytesOf(Number(url?.slice(1))).pipe(response));
  await withoutGrowth(much, async (length) => {
    const headers = { host: "my-service.localhost" };
    const { port } = setup.emulator;
    const outgoing = request({ host: "127.0.0.1", port, path: `/${length}`, headers, agent: false }).end();
    const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
    let bytes = 0;
    for await (const chunk of incoming as AsyncIterable<Buffer>) bytes += chunk.length;
    assert.equal(bytes, length);
  });
});

test(`${named} go up from a client of HTTP/2, and memory does not grow with them`, async () => {
  await using setup = await setUp(countingHttp2Server(), { protocol: "h2c" });
  await withoutGrowth(much, async (length) => {
    const session = connect(setup.emulator.url);
    const stream = session.request({ ":method": "POST", ":authority": "my-service.localhost" });
    bytesOf(length).pipe(stream);
    const chunks: Buffer[] = await stream.toArray();
    session.destroy();
    assert.equal(Buffer.concat(chunks).toString(), String(length));
  });
});

/** Moves so many bytes after the first few, which make room for buffers that stay, and watches this process, in which all ends are. */
async function withoutGrowth(length: number, move: (length: number) => Promise<void>): Promise<void> {
  await move(limit);
  const beforeBytes = process.memoryUsage.rss();
  let peakBytes = beforeBytes;
  const timer = setInterval(() => (peakBytes = Math.max(peakBytes, process.memoryUsage.rss())), 20);
  try {
    await move(length);
  } finally {
    clearInterval(timer);
  }
  assert.ok(peakBytes - beforeBytes < 150 * mebibyte, `${(peakBytes - beforeBytes) / mebibyte} MiB more`);
}
