import assert from "node:assert/strict";
import { test } from "node:test";
import { statusOf, victim } from "./fixture.ts";

const door = victim();

test("a field that holds a line break, a NUL, or a space in its name does not go through", async () => {
  for (const field of [
    "X-A: b\rX-Serverless-Authorization: c",
    "X-A: b\0c",
    "X A: b",
    "X-A : b",
    ": b",
    "X-A: b\r\n folded: c",
  ]) {
    assert.equal(
      statusOf(await door.send(`GET / HTTP/1.1\r\nHost: localhost\r\n${field}\r\nConnection: close\r\n\r\n`)),
      400,
      JSON.stringify(field),
    );
  }
  assert.equal(door.seen.length, 0);
});
