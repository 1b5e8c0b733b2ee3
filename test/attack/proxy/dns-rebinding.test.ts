import assert from "node:assert/strict";
import { test } from "node:test";
import { curl } from "../../support/loopback.ts";
import { statusOf, victim } from "./fixture.ts";

const door = victim();

test("a name that an attacker makes resolve to loopback gets nothing", async () => {
  for (const host of [
    "evil.example",
    "evil.example:8080",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "evil-localhost",
    "0.0.0.0",
    "192.168.0.1",
    "[::ffff:127.0.0.1]",
    "",
    "localhost@evil.example",
  ]) {
    assert.equal(statusOf(await door.send(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)), 421, host);
  }
  assert.equal(door.seen.length, 0);
});

test("over HTTP/2 neither", async () => {
  const { port } = door.subject;
  const { stdout } = await curl(
    "--http2-prior-knowledge",
    "-o",
    "/dev/null",
    "-w",
    "%{http_code}",
    "--resolve",
    `evil.example:${port}:127.0.0.1`,
    `http://evil.example:${port}/`,
  );
  assert.equal(stdout, "421");
  assert.equal(door.seen.length, 0);
});
