import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { WebSocket, WebSocketServer } from "ws";
import { startProxy } from "../support/proxy.ts";
import type { ProxySubject } from "../support/proxy.ts";

const minuteMs = 60_000;

/** A proxy to a service with an event stream (`/events`), a WebSocket that echoes, and an answer to everything else. */
async function start(t: TestContext): Promise<{ subject: ProxySubject; streams: Set<ServerResponse> }> {
  const streams = new Set<ServerResponse>();
  const http = createServer((request, response) => {
    if (request.url !== "/events") return void response.end("ok");
    response.writeHead(200, { "content-type": "text/event-stream" }).write("begun\n");
    streams.add(response);
  });
  const sockets = new WebSocketServer({ server: http });
  sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(data as Buffer)));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const subject = await startProxy({ backend: `http://127.0.0.1:${(http.address() as AddressInfo).port}` });
  t.after(async () => {
    await subject[Symbol.asyncDispose]();
    for (const socket of sockets.clients) socket.terminate();
    http.closeAllConnections();
    http.close();
  });
  return { subject, streams };
}

test("through a day with a stream and a WebSocket open nothing is cut, and nothing goes out without a valid token", async (t) => {
  const { subject, streams } = await start(t);
  const stream = (await fetch(`${subject.url}/events`)).body!.pipeThrough(new TextDecoderStream()).getReader();
  assert.equal((await stream.read()).value, "begun\n");
  const socket = new WebSocket(subject.url.replace("http", "ws"));
  await new Promise((resolve) => socket.once("open", resolve));
  let early = 0;
  for (let minutes = 0; minutes < 24 * 60; minutes += 10) {
    if (minutes === 4 * 60) early = heapBytes();
    subject.clock.advanceMs(10 * minuteMs);
    await subject.proxy.tick();
    assert.equal((await fetch(subject.url)).status, 200);
    if (minutes % 60 !== 0) continue;
    for (const response of streams) response.write(`minute ${minutes}\n`);
    assert.equal((await stream.read()).value, `minute ${minutes}\n`);
    const back = new Promise<string>((resolve) =>
      socket.once("message", (data) => resolve((data as Buffer).toString())),
    );
    socket.send(`minute ${minutes}`);
    assert.equal(await back, `minute ${minutes}`);
  }
  assert(subject.emulator.trace().every(({ allowed, status }) => allowed && status < 400));
  const renewals = subject.events.filter(({ type }) => type === "token").length;
  assert(renewals >= 24 && renewals <= 30, `${renewals} tokens`);
  assert.equal(subject.proxy.openCount(), 2);
  // Two dozen tokens and a hundred requests later, the emulator's own notes of them included
  const grown = heapBytes() - early;
  assert(grown < 3 * 1024 * 1024, `${Math.round(grown / 1024)} KiB more than in the morning`);
  await stream.cancel();
  socket.terminate();
});

function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

test("after a sleep the token is renewed before anybody asks, streams are kept, and one line says so", async (t) => {
  const { subject } = await start(t);
  const stream = await fetch(`${subject.url}/events`);
  subject.clock.advanceMs(50 * minuteMs);
  await subject.proxy.tick();
  subject.clock.advanceMs(6.5 * 60 * minuteMs);
  const before = subject.events.length;
  await (await fetch(subject.url)).text();
  await subject.proxy.tick();
  const woke = subject.events.slice(before).find((event) => event.type === "woke");
  assert(woke?.type === "woke" && woke.streamsKept === 1 && woke.connectionsLost === 0);
  assert(Math.abs(woke.jumpMs - 6.5 * 60 * minuteMs) < minuteMs);
  assert(subject.emulator.trace().every(({ allowed }) => allowed));
  await stream.body?.cancel();
});

test("a clock that is put back makes the token no older than it is", async (t) => {
  const { subject } = await start(t);
  assert.equal((await fetch(subject.url)).status, 200);
  subject.clock.advanceMs(-5 * 60 * minuteMs);
  assert.equal((await fetch(subject.url)).status, 200);
  assert.equal(subject.emulator.trace().at(-1)?.status, 200);
});
