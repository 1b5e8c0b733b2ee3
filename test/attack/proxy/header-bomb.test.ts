import assert from "node:assert/strict";
import { connect } from "node:http2";
import { test } from "node:test";
import { statusOf, victim } from "./fixture.ts";

const door = victim();

test("a head beyond 64 KiB is refused, in one field or in many", async () => {
  for (const fields of [
    `X-A: ${"a".repeat(100_000)}`,
    Array.from({ length: 20_000 }, (_, index) => `X-${index}: a`).join("\r\n"),
  ]) {
    assert.equal(
      statusOf(await door.send(`GET / HTTP/1.1\r\nHost: localhost\r\n${fields}\r\nConnection: close\r\n\r\n`)),
      431,
    );
  }
  assert.equal(door.seen.length, 0);
});

test("over HTTP/2 too", async () => {
  const session = connect(door.subject.url);
  session.on("error", () => {});
  const outcome = await new Promise<string>((resolve) => {
    const stream = session.request({ ":path": "/", "x-a": "a".repeat(200_000) });
    stream.on("response", ({ ":status": status }) => resolve(String(status)));
    stream.on("error", () => resolve("broken off"));
    stream.on("close", () => resolve("broken off"));
  });
  session.destroy();
  assert.match(outcome, /^(?:431|broken off)$/);
  assert.equal(door.seen.length, 0);
});
