import assert from "node:assert/strict";
import { connect, constants } from "node:http2";
import { test } from "node:test";
import { victim } from "./fixture.ts";

const door = victim();

test("a client that opens streams and resets them at once is cut off, and others are served (CVE-2023-44487)", async () => {
  await (await fetch(door.subject.url)).text();
  const session = connect(door.subject.url);
  const closed = new Promise<void>((resolve) => session.once("close", resolve));
  session.on("error", () => {});
  await new Promise((resolve) => session.once("connect", resolve));
  let sent = 0;
  while (!session.destroyed && !session.closed && sent < 20_000) {
    for (let index = 0; index < 50 && !session.destroyed && !session.closed; index++, sent++) {
      const stream = session.request({ ":path": "/" });
      stream.on("error", () => {});
      stream.close(constants.NGHTTP2_CANCEL);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  session.destroy();
  await closed;
  assert(sent < 20_000, "it went on for ever");
  assert.equal((await fetch(door.subject.url)).status, 200);
  // What was begun for those streams is over.
  while (door.subject.proxy.openCount() > 0) await new Promise((resolve) => setImmediate(resolve));
});
