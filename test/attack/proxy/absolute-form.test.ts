import assert from "node:assert/strict";
import { test } from "node:test";
import { statusOf, victim } from "./fixture.ts";

const door = victim();

test("a request for a whole URL goes nowhere, wherever it leads", async () => {
  const lines = [
    "GET http://evil.example/",
    "GET http://localhost/",
    "GET https://169.254.169.254/computeMetadata/v1/",
    "GET evil.example:443",
    "OPTIONS http://evil.example/",
  ];
  for (const line of lines) {
    const answer = await door.send(`${line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    assert.equal(statusOf(answer), 400, line);
  }
  assert.equal(door.seen.length, 0);
});
