import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { echo } from "./echo-backend.ts";

async function echoOf(body: readonly Buffer[], rawHeaders: readonly string[] = []): ReturnType<typeof echo> {
  return echo({ method: "POST", url: "/a?b=c", rawHeaders }, Readable.from(body));
}

test("the echo repeats method, URL, headers and body", async () => {
  const seen = await echoOf([Buffer.from("hé"), Buffer.from("llo")], ["X-A", "1", "x-a", "2", "Host", "h"]);
  assert.deepEqual(seen, {
    method: "POST",
    url: "/a?b=c",
    headers: { "x-a": ["1", "2"], host: "h" },
    body: "héllo",
    bodyBytes: 6,
    bodyTruncated: false,
  });
});

test("a body that is no UTF-8 comes back in base64", async () => {
  const seen = await echoOf([Buffer.from([0xff, 0x00])]);
  assert.equal(seen.bodyBase64, "/wA=");
  assert.equal(seen.body, undefined);
});

test("a long body is counted in full and repeated in part", async () => {
  const chunk = Buffer.alloc(700_000, "a");
  const seen = await echoOf([chunk, chunk, chunk]);
  assert.equal(seen.bodyBytes, 2_100_000);
  assert.equal(seen.body?.length, 1024 * 1024);
  assert.equal(seen.bodyTruncated, true);
});

test("a header named __proto__ is a header", async () => {
  const seen = await echoOf([], ["__proto__", "x"]);
  assert.equal(Object.getOwnPropertyDescriptor(seen.headers, "__proto__")?.value, "x");
});
