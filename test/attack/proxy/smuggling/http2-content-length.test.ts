import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:http2";
import { test } from "node:test";
import { victim } from "../fixture.ts";

const door = victim();

/** As HTTP/1.1 to the service the rest of the body would be a request of its own. */
test("a body of HTTP/2 that is longer or shorter than it says goes no further (H2.CL)", async () => {
  for (const length of [0, 1, 1_000]) {
    const client = connect(`http://127.0.0.1:${door.subject.port}`);
    const stream = client.request({ ":method": "POST", ":authority": "localhost", "content-length": length });
    const ended = once(stream, "end");
    client.on("error", () => {}); // the stream is reset, or the connection closed with it
    stream.resume().end("GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await assert.rejects(ended, { code: /^ERR_HTTP2_(?:STREAM|SESSION)_ERROR$/ }, `${length}`);
    client.destroy();
  }
  assert.deepEqual(door.seen, []);
});
