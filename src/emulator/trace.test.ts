import assert from "node:assert/strict";
import { test } from "node:test";
import type { TraceEntry } from "./emulator.ts";
import { createTrace, redactPath } from "./trace.ts";

function entry(path: string): TraceEntry {
  return { time: "2026-01-01T00:00:00Z", method: "GET", host: "h", path, status: 200, allowed: true, steps: [] };
}

test("the trace keeps the last 1,000 decisions, oldest first", () => {
  const trace = createTrace();
  for (let index = 0; index < 3500; index += 1) trace.add(entry(`/${index}`));
  const paths = trace.entries().map(({ path }) => path);
  assert.equal(paths.length, 1000);
  assert.equal(paths[0], "/2500");
  assert.equal(paths.at(-1), "/3499");
  trace.clear();
  assert.deepEqual(trace.entries(), []);
});

test("what an earlier call returned does not change later", () => {
  const trace = createTrace();
  trace.add(entry("/1"));
  const before = trace.entries();
  trace.add(entry("/2"));
  assert.equal(before.length, 1);
});

test("a path in the trace shows no secret", () => {
  assert.equal(redactPath("/a?access_token=abc&x=1"), "/a?access_token=[redacted]&x=1");
  assert.equal(redactPath("/a?X-Goog-Signature=00ff&id_token=z"), "/a?X-Goog-Signature=[redacted]&id_token=[redacted]");
  assert.equal(redactPath("/a?code=4711#f"), "/a?code=[redacted]#f");
  assert.equal(redactPath("/eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.c2ln"), "/[redacted]");
  assert.equal(redactPath("/monkey?zipcode=1&keyboard=2"), "/monkey?zipcode=1&keyboard=2");
});
