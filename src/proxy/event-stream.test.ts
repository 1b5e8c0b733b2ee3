import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { readEventStream } from "./event-stream.ts";
import type { ServerSentEvent } from "./event-stream.ts";

async function read(...chunks: readonly string[]): Promise<ServerSentEvent[]> {
  const bytes = chunks.map((chunk) => Buffer.from(chunk, "latin1"));
  const events: ServerSentEvent[] = [];
  for await (const event of readEventStream(Readable.from(bytes))) events.push(event);
  return events;
}

test("events have types, ids and lines of data, however the stream is cut and its lines end", async () => {
  const expected = [
    { type: "message", data: "one\ntwo", id: undefined, retryMs: undefined },
    { type: "own", data: "", id: "7", retryMs: undefined },
    { type: "message", data: "", id: "8", retryMs: 500 },
  ];
  const text =
    ": comment\ndata: one\ndata:two\n\nevent: own\nid: 7\ndata\n\nevent: lost\n\nid: 8\nretry: 500\nretry: soon\n\ndata: not ended\n";
  for (const end of ["\n", "\r\n"]) {
    const stream = text.replaceAll("\n", end);
    assert.deepEqual(await read(stream), expected);
    assert.deepEqual(await read(...stream.split("")), expected, "a byte at a time");
  }
});

test("a character cut in two comes whole", async () => {
  const [event] = await read("data: \u00e3\u0081", "\u0082\n\n");
  assert.equal(event?.data, "あ");
});
