import assert from "node:assert/strict";
import { test } from "node:test";
import { addForwardedHeaders } from "./forwarded-headers.ts";

function read(rawHeaders: readonly string[], wanted: string): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === wanted);
}

test("a backend learns the client's address, the scheme and a trace", () => {
  const headers = addForwardedHeaders(["Host", "web", "Accept", "a", "accept", "b"], "192.0.2.1");
  assert.deepEqual(headers.slice(0, 6), ["Host", "web", "Accept", "a", "accept", "b"]);
  assert.deepEqual(read(headers, "x-forwarded-for"), ["192.0.2.1"]);
  assert.deepEqual(read(headers, "x-forwarded-proto"), ["https"]);
  assert.deepEqual(read(headers, "forwarded"), ['for="192.0.2.1";proto=https']);
  const [cloudTrace = ""] = read(headers, "x-cloud-trace-context");
  assert.match(cloudTrace, /^[\da-f]{32}\/\d+;o=1$/);
  assert.match(read(headers, "traceparent")[0] ?? "", new RegExp(`^00-${cloudTrace.slice(0, 32)}-[\\da-f]{16}-01$`));
});

test("what the client says of its own origin stays in front of what is true", () => {
  const sent = [
    "X-Forwarded-For",
    "spoofed",
    "x-forwarded-for",
    "too",
    "X-Forwarded-Proto",
    "ftp",
    "Forwarded",
    "for=x",
  ];
  const headers = addForwardedHeaders(sent, "192.0.2.1");
  assert.deepEqual(read(headers, "x-forwarded-for"), ["spoofed, too, 192.0.2.1"]);
  assert.deepEqual(read(headers, "x-forwarded-proto"), ["https"]);
  assert.deepEqual(read(headers, "forwarded"), ['for=x, for="192.0.2.1";proto=https']);
});

test("an IPv6 address stands in brackets where the standard wants them", () => {
  const headers = addForwardedHeaders([], "2001:db8::1");
  assert.deepEqual(read(headers, "x-forwarded-for"), ["2001:db8::1"]);
  assert.deepEqual(read(headers, "forwarded"), ['for="[2001:db8::1]";proto=https']);
});

test("a trace that the client began goes on, and garbage does not", () => {
  const trace = "0123456789abcdef0123456789abcdef";
  for (const sent of [
    ["Traceparent", `00-${trace}-0123456789abcdef-01`],
    ["X-Cloud-Trace-Context", `${trace}/1;o=1`],
  ]) {
    const headers = addForwardedHeaders(sent, "192.0.2.1");
    assert.ok(read(headers, "traceparent")[0]?.startsWith(`00-${trace}-`));
    assert.ok(read(headers, "x-cloud-trace-context")[0]?.startsWith(`${trace}/`));
  }
  const headers = addForwardedHeaders(["traceparent", "x", "x-cloud-trace-context", "\u0000"], "192.0.2.1");
  assert.match(read(headers, "traceparent")[0] ?? "", /^00-[\da-f]{32}-[\da-f]{16}-01$/);
});
