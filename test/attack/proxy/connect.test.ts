import assert from "node:assert/strict";
import { test } from "node:test";
import { statusOf, victim } from "./fixture.ts";

const door = victim();

test("CONNECT leads nowhere", async () => {
  const lines = ["CONNECT evil.example:443", "CONNECT 169.254.169.254:80", "CONNECT localhost:80"];
  for (const line of lines) {
    const answer = await door.send(`${line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    assert.equal(statusOf(answer), 405, line);
  }
  assert.equal(door.seen.length, 0);
});
