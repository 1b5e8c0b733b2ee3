import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import { openSocket } from "../../support/loopback.ts";
import { victim } from "./fixture.ts";

const door = victim();

test("some hundred idle connections hinder nobody, and end with the proxy", async () => {
  const sockets: Socket[] = [];
  for (let batch = 0; batch < 4; batch++) {
    sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => openSocket(door.subject.port)))));
  }
  for (const socket of sockets) socket.on("error", () => {});
  assert.equal((await fetch(door.subject.url)).status, 200);
  const ended = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.resume().once("close", resolve))));
  await door.subject.proxy.close({ deadlineMs: 1_000 });
  await ended;
});
