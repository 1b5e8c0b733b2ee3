import assert from "node:assert/strict";
import { test } from "node:test";
import { endToEndHeaders, headersToObject, withoutHeaders } from "./headers.ts";

test("order, spelling and repetition are kept", () => {
  const headers = ["Host", "a", "X-B", "1", "x-b", "2", "Set-Cookie", "c"];
  assert.deepEqual(endToEndHeaders(headers), headers);
});

test("fields of one connection are left out, and whatever Connection names in any of its lines", () => {
  const headers = [
    ...["Connection", "close, X-One", "CONNECTION", " x-two ,,", "Keep-Alive", "1", "TE", "trailers", "Upgrade", "h2c"],
    ...[
      "HTTP2-Settings",
      "AAA",
      "Proxy-Authorization",
      "b",
      "Transfer-Encoding",
      "chunked",
      "X-One",
      "1",
      "x-Two",
      "2",
    ],
    ...["X-Three", "3"],
  ];
  assert.deepEqual(endToEndHeaders(headers), ["X-Three", "3"]);
});

test("Connection cannot take away what a message cannot do without", () => {
  const headers = ["Connection", "host, content-length", "Host", "a", "Content-Length", "1"];
  assert.deepEqual(endToEndHeaders(headers), ["Host", "a", "Content-Length", "1"]);
});

test("pseudo-headers are left out and a split cookie is put together", () => {
  const headers = [":method", "GET", ":authority", "a", "cookie", "a=1", "x", "y", "cookie", "b=2"];
  assert.deepEqual(endToEndHeaders(headers), ["cookie", "a=1; b=2", "x", "y"]);
});

test("fields are removed by name", () => {
  assert.deepEqual(withoutHeaders(["A", "1", "b", "2", "a", "3"], "a"), ["b", "2"]);
});

test("a list becomes an object, whatever the names are", () => {
  const headers = headersToObject(["A", "1", "a", "2", "__proto__", "3", "a", "4"]);
  assert.deepEqual(Object.entries(headers), [
    ["a", ["1", "2", "4"]],
    ["__proto__", "3"],
  ]);
});
