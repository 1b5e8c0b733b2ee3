import assert from "node:assert/strict";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { exchange, openSocket, readToEnd, readUntil, startBackend } from "../../test/support/loopback.ts";
import { writeRawResponse } from "./raw-response.ts";
import { createLocalServer } from "./server.ts";
import { forwardUpgrade, joinSockets } from "./upgrade.ts";
import type { UpgradeResult } from "./upgrade.ts";

const handshake = (path = "/chat") =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n` +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nX-Own: 1\r\n\r\n";

const agreement =
  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n";

/** A backend that agrees to every handshake and a server that forwards to it. */
async function startForwarder(
  t: TestContext,
  onUpgrade: (socket: Socket, path: string, headers: string[]) => void,
  signal?: AbortSignal,
) {
  const backend = await startBackend((_request, response) =>
    response.writeHead(426, { "content-type": "text/plain" }).end("no"),
  );
  const sockets = new Set<Socket>();
  backend.server.on("upgrade", (request, duplex) => {
    const socket = duplex as Socket;
    sockets.add(socket);
    onUpgrade(socket, request.url ?? "", request.rawHeaders);
  });
  const first = Promise.withResolvers<UpgradeResult>();
  const server = await createLocalServer({
    port: 0,
    onRequest: (_request, response) => void response.end(),
    onUpgrade: async (request, socket, head) => {
      const result = await forwardUpgrade({
        request,
        socket,
        head,
        target: backend.url,
        rawHeaders: request.rawHeaders,
        signal,
      });
      if (result.outcome === "unanswered") writeRawResponse(socket, { status: 503, body: "no answer" });
      first.resolve(result);
    },
  });
  t.after(async () => {
    await server.close({ deadlineMs: 0 });
    for (const socket of sockets) socket.destroy();
    await backend[Symbol.asyncDispose]();
  });
  return { ...server, backend, result: first.promise };
}

const echo = (socket: Socket): void => {
  socket.write(agreement);
  socket.pipe(socket);
};

test("a WebSocket connection carries bytes both ways and ends with either side", async (t) => {
  let seen: string[] = [];
  const { port, result } = await startForwarder(t, (socket, path, headers) => {
    seen = [path, ...headers];
    echo(socket);
  });
  const socket = await openSocket(port);
  socket.write(`${handshake("/chat?x=%20")}early`);
  assert.equal(await readUntil(socket, "early"), `${agreement}early`);
  assert.equal(seen[0], "/chat?x=%20");
  assert(seen.includes("X-Own") && seen.includes("Sec-WebSocket-Key"));
  const rest = readToEnd(socket);
  socket.end("last");
  assert.equal(await rest, "last");
  assert.deepEqual(await result, { outcome: "answered", status: 101 });
});

test("bytes that come right behind the agreement are not lost", async (t) => {
  const { port } = await startForwarder(t, (socket) => socket.end(`${agreement}hello`));
  assert.equal(await exchange(port, handshake()), `${agreement}hello`);
});

test("a megabyte goes through a WebSocket connection and back", async (t) => {
  const { port } = await startForwarder(t, echo);
  const socket = await openSocket(port);
  socket.write(handshake());
  await readUntil(socket, "\r\n\r\n");
  const back = readToEnd(socket);
  const bytes = "0123456789abcdef".repeat(65_536);
  socket.end(bytes);
  assert((await back) === bytes);
});

test("a refused handshake gets the backend's answer", async (t) => {
  const { port, backend, result } = await startForwarder(t, () => {});
  backend.server.removeAllListeners("upgrade");
  assert.match(
    await exchange(port, handshake()),
    /^HTTP\/1\.1 426 [^]*content-type: text\/plain[^]*Connection: close\r\n\r\nno$/,
  );
  assert.deepEqual(await result, { outcome: "answered", status: 426 });
});

test("a backend that is not there leaves the answer to the caller", async (t) => {
  const { port, backend, result } = await startForwarder(t, () => {});
  await backend[Symbol.asyncDispose]();
  assert.match(await exchange(port, handshake()), /^HTTP\/1\.1 503 [^]*no answer$/);
  assert.equal((await result).outcome, "unanswered");
});

test("a side that resets its connection takes the other one along", async (t) => {
  await t.test("the backend", async (part) => {
    const { port } = await startForwarder(part, (socket) =>
      socket.write(agreement, () => socket.once("data", () => socket.resetAndDestroy())),
    );
    const socket = await openSocket(port);
    socket.write(handshake());
    await readUntil(socket, "\r\n\r\n");
    assert.equal(await exchange(socket, "x"), "");
  });
  await t.test("the client", async (part) => {
    const closed = Promise.withResolvers<void>();
    const { port, result } = await startForwarder(part, (socket) => {
      socket.on("error", () => {}); // the reset, passed on
      socket.once("close", () => closed.resolve());
      echo(socket);
    });
    const socket = await openSocket(port);
    socket.write(handshake());
    await readUntil(socket, "\r\n\r\n");
    socket.resetAndDestroy();
    await closed.promise;
    assert.equal((await result).outcome, "answered");
  });
});

test("a client that goes away before the backend answers ends the backend's connection", async (t) => {
  const arrived = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const { port, result } = await startForwarder(t, (socket) => {
    socket.on("error", () => {}); // a reset, as the case may be
    socket.once("end", () => socket.end());
    socket.once("close", () => closed.resolve());
    socket.resume();
    arrived.resolve();
  });
  const socket = await openSocket(port);
  socket.write(handshake());
  await arrived.promise;
  socket.resetAndDestroy();
  await closed.promise;
  assert.deepEqual(await result, { outcome: "abandoned" });
});

test("a signal ends an open WebSocket connection", async (t) => {
  const abort = new AbortController();
  const { port, result } = await startForwarder(t, echo, abort.signal);
  const socket = await openSocket(port);
  socket.write(handshake());
  await readUntil(socket, "\r\n\r\n");
  const rest = readToEnd(socket);
  abort.abort();
  assert.equal(await rest, "");
  assert.deepEqual(await result, { outcome: "answered", status: 101 });
});

test("an answer that is no HTTP, and a 101 without an Upgrade, leave the answer to the caller", async (t) => {
  for (const bytes of ["nonsense\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\nx"]) {
    const { port, backend } = await startForwarder(t, () => {});
    backend.server.removeAllListeners("connection");
    backend.server.on("connection", (socket) => {
      socket.once("data", () => {
        socket.write(bytes);
        socket.destroySoon();
      });
    });
    assert.match(await exchange(port, handshake()), /^HTTP\/1\.1 503 /, bytes);
  }
});

test("where one side has gone in order, the other is told and let go, though it would talk on", async (t) => {
  const heard = Promise.withResolvers<string>();
  const talkative = createTcpServer({ allowHalfOpen: true }, (peer) => {
    let text = "";
    peer.on("error", () => {});
    peer.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      peer.write("still here");
    });
    peer.once("end", () => {
      heard.resolve(text);
      peer.write("and on");
    });
  });
  const front = createTcpServer({ allowHalfOpen: false }); // as over TLS
  for (const server of [talkative, front]) {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    t.after(() => server.close());
  }
  const portOf = (server: Server): number => (server.address() as AddressInfo).port;
  const accepted = new Promise<Socket>((resolve) => front.once("connection", resolve));
  const client = await openSocket(portOf(front));
  const [a, b] = [await accepted, await openSocket(portOf(talkative))];
  const closed = new Promise<void>((resolve) => joinSockets(a, Buffer.alloc(0), b, Buffer.alloc(0), resolve));
  client.resume().end("goodbye");
  assert.equal(await heard.promise, "goodbye");
  await closed;
  assert(a.destroyed && b.destroyed);
});
