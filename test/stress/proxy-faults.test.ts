import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { WebSocketServer } from "ws";
import { RunpassError } from "../../src/core/errors.ts";
import { openSocket, readUntil, startBackend } from "../support/loopback.ts";
import { startProxy } from "../support/proxy.ts";
import type { ProxySubject, ProxySubjectOptions } from "../support/proxy.ts";

async function start(
  t: TestContext,
  options: ProxySubjectOptions,
  onRequest?: RequestListener,
  sockets?: WebSocketServer,
): Promise<ProxySubject> {
  const backend = onRequest === undefined ? undefined : await startBackend(onRequest);
  if (sockets) backend?.server.on("upgrade", (...handshake) => sockets.handleUpgrade(...handshake, () => {}));
  const subject = await startProxy({ ...options, ...(backend === undefined ? {} : { backend: backend.url.href }) });
  t.after(async () => {
    await subject[Symbol.asyncDispose]();
    await backend?.[Symbol.asyncDispose]();
  });
  return subject;
}

/** A server of bytes in the place of Google's front end: the token goes to it as to any. */
async function startBroken(t: TestContext, onSocket: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("a service that breaks off within its answer breaks the client's off too", async (t) => {
  const subject = await start(t, {}, (_request, response) => {
    response.writeHead(200, { "content-length": "1000" }).write("half");
    setImmediate(() => response.destroy());
  });
  const response = await fetch(subject.url);
  await assert.rejects(response.text());
  assert.equal((await subject.event("request")).outcome, "cut");
});

test("a front end that resets, closes, talks nonsense or is not there is a 502 that says so", async (t) => {
  const origins = {
    resets: await startBroken(t, (socket) => socket.once("data", () => socket.resetAndDestroy())),
    closes: await startBroken(t, (socket) => socket.once("data", () => socket.end())),
    "talks nonsense": await startBroken(t, (socket) => socket.once("data", () => socket.end("nonsense\r\n\r\n"))),
    "is not there": "http://127.0.0.1:1",
  };
  for (const [name, origin] of Object.entries(origins)) {
    const subject = await start(t, { origin });
    const response = await fetch(subject.url);
    assert.equal(response.status, 502, name);
    assert.equal(((await response.json()) as { error: { code: string } }).error.code, "service_unreachable", name);
    assert.equal((await subject.event("request")).outcome, "unanswered");
  }
});

test("a service that never answers is waited for as long as the client waits, and no longer", async (t) => {
  const arrived = Promise.withResolvers<Socket>();
  const origin = await startBroken(t, (socket) => socket.once("data", () => arrived.resolve(socket)));
  const subject = await start(t, { origin });
  const controller = new AbortController();
  const answer = fetch(subject.url, { signal: controller.signal });
  const upstream = await arrived.promise;
  const closed = new Promise((resolve) => upstream.once("close", resolve));
  upstream.resume();
  controller.abort();
  await assert.rejects(answer);
  await closed;
  assert.equal((await subject.event("request")).outcome, "abandoned");
});

test("429 and 503 of the service go through as they are, and are not tried again", async (t) => {
  let requests = 0;
  const subject = await start(t, {}, (request, response) => {
    requests += 1;
    response.writeHead(Number(request.url?.slice(1)), { "retry-after": "7" }).end("busy");
  });
  for (const status of [429, 503]) {
    const response = await fetch(`${subject.url}/${status}`);
    assert.deepEqual(
      [response.status, response.headers.get("retry-after"), await response.text()],
      [status, "7", "busy"],
    );
  }
  assert.equal(requests, 2);
});

test("while Google gives no tokens, streams run on and the token at hand serves to its end; then requests say why, until it is back", async (t) => {
  let isDown = false;
  let next: () => void = () => {};
  const subject = await start(
    t,
    {
      fetchToken: (isFresh, real) =>
        isDown
          ? Promise.reject(new RunpassError({ code: "google_unreachable", message: "iamcredentials is down" }))
          : real(isFresh),
    },
    (request, response) => {
      if (request.url !== "/stream") return void response.end("ok");
      response.writeHead(200).write("begun");
      next = () => void response.write("goes on");
    },
  );
  const stream = (await fetch(`${subject.url}/stream`)).body!.pipeThrough(new TextDecoderStream()).getReader();
  assert.equal((await stream.read()).value, "begun");
  isDown = true;
  subject.clock.advanceMs(57 * 60_000);
  assert.equal((await fetch(subject.url)).status, 200, "the token has three minutes left");
  await subject.event("token_failed");
  subject.clock.advanceMs(5 * 60_000);
  assert.equal((await fetch(subject.url)).status, 502);
  next();
  assert.equal((await stream.read()).value, "goes on");
  isDown = false;
  subject.clock.advanceMs(60_000);
  assert.equal((await fetch(subject.url)).status, 200);
  await stream.cancel();
});

test("many requests at once wait for one slow token", async (t) => {
  const subject = await start(t, {
    fetchToken: async (isFresh, real) => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return real(isFresh);
    },
  });
  const statuses = await Promise.all(Array.from({ length: 30 }, async () => (await fetch(subject.url)).status));
  assert.deepEqual(new Set(statuses), new Set([200]));
  assert.equal(subject.fetched.count, 1);
});

test("after trouble of every kind nothing is left open", async (t) => {
  const sockets = new WebSocketServer({ noServer: true });
  const subject = await start(
    t,
    {},
    (request, response) => {
      if (request.url === "/cut")
        response.writeHead(200, { "content-length": "9" }).write("x", () => response.destroy());
      else if (request.url === "/never") request.resume();
      else response.end("ok");
    },
    sockets,
  );
  const round = async (): Promise<void> => {
    await Promise.all([
      chat(subject.port),
      fetch(subject.url).then(async (response) => response.text()),
      fetch(`${subject.url}/cut`)
        .then(async (response) => response.text())
        .catch(() => {}),
      fetch(`${subject.url}/never`, { signal: AbortSignal.timeout(20) }).catch(() => {}),
      resetWithin(subject.port),
    ]);
    while (subject.proxy.openCount() > 0) await new Promise((resolve) => setImmediate(resolve));
  };
  await round();
  const before = handles();
  for (let count = 0; count < 15; count++) await round();
  // Connections that are kept may differ by a few; those that leak would be dozens.
  assert(handles() - before < 15, `${before} handles became ${handles()}`);
});

/** A WebSocket whose client says goodbye and leaves without waiting for an answer, as a browser does with a page that is closed. */
async function chat(port: number): Promise<void> {
  const socket = await openSocket(port);
  const key = "dGhlIHNhbXBsZSBub25jZQ==";
  socket.write(
    `GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  await readUntil(socket, "\r\n\r\n");
  socket.end(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 3, 0xe9])); // a close frame: RFC 6455 section 5.5.1
  await once(socket.resume(), "close");
}

async function resetWithin(port: number): Promise<void> {
  const socket = await openSocket(port);
  socket.write("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf");
  await new Promise((resolve) => setTimeout(resolve, 10));
  socket.resetAndDestroy();
}

function handles(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind.includes("TCP") || kind.includes("TLS")).length;
}
