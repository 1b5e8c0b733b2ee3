import assert from "node:assert/strict";
import { test } from "node:test";
import { openSocket, readToEnd } from "../../support/loopback.ts";
import { statusOf, victim } from "./fixture.ts";

const door = victim({ headersTimeoutMs: 300 });

test("a client that never ends its headers loses its connection", async () => {
  const socket = await openSocket(door.subject.port);
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ");
  const timer = setInterval(() => socket.write("a"), 50);
  const answer = await readToEnd(socket);
  clearInterval(timer);
  assert([0, 408].includes(statusOf(answer)));
  assert.equal(door.seen.length, 0);
});

test("nor one that says nothing at all", async () => {
  const socket = await openSocket(door.subject.port);
  assert.equal(await readToEnd(socket), "");
});
