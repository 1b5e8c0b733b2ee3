import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { WebSocket, WebSocketServer } from "ws";
import { startProxy } from "../../support/proxy.ts";
import type { ProxySubject, ProxySubjectOptions } from "../../support/proxy.ts";

async function start(
  t: TestContext,
  options: ProxySubjectOptions = {},
): Promise<{ subject: ProxySubject; server: WebSocketServer }> {
  const http = createServer();
  const server = new WebSocketServer({ server: http, handleProtocols: (protocols) => [...protocols][1] ?? false });
  server.on("connection", (socket) =>
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary })),
  );
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const subject = await startProxy({ backend: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, ...options });
  t.after(async () => {
    await subject[Symbol.asyncDispose]();
    for (const client of server.clients) client.terminate();
    http.closeAllConnections();
    http.close();
  });
  return { subject, server };
}

const opened = (socket: WebSocket) =>
  new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
const answer = (socket: WebSocket) =>
  new Promise<Buffer>((resolve) => socket.once("message", (data) => resolve(data as Buffer)));

test("messages of text and bytes, a subprotocol and a close code go through a WebSocket", async (t) => {
  const { subject, server } = await start(t);
  const address = subject.url.replace("http", "ws");
  const socket = new WebSocket(`${address}/chat`, ["a", "b"]);
  await opened(socket);
  assert.equal(socket.protocol, "b");
  socket.send("hello");
  assert.equal(String(await answer(socket)), "hello");
  const bytes = Buffer.alloc(300_000, 7);
  socket.send(bytes);
  assert((await answer(socket)).equals(bytes));
  const closed = new Promise<number>((resolve) => socket.once("close", resolve));
  for (const client of server.clients) client.close(4_001);
  assert.equal(await closed, 4_001);
  const event = await subject.event("request");
  assert.deepEqual([event.protocol, event.status, event.outcome], ["WebSocket", 101, "answered"]);
});

test("a page of another origin gets no WebSocket, and one that is named does", async (t) => {
  const { subject } = await start(t, { corsOrigins: ["http://localhost:3000"] });
  const address = subject.url.replace("http", "ws");
  await assert.rejects(opened(new WebSocket(address, { origin: "https://evil.example" })), /403/);
  const socket = new WebSocket(address, { origin: "http://localhost:3000" });
  await opened(socket);
  socket.terminate();
});

test("a token that was refused at the handshake is renewed, and the handshake goes out again", async (t) => {
  const { subject } = await start(t, {
    fetchToken: async (isFresh, real) => {
      const token = await real(isFresh);
      return isFresh ? token : { ...token, token: `${token.token.slice(0, -6)}AAAAAA` };
    },
  });
  const socket = new WebSocket(subject.url.replace("http", "ws"));
  await opened(socket);
  socket.send("after all");
  assert.equal(String(await answer(socket)), "after all");
  socket.terminate();
  assert.equal((await subject.event("request")).isRetried, true);
});
