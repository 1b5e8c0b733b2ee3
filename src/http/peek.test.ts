import assert from "node:assert/strict";
import { test } from "node:test";
import { recogniseProtocol } from "./peek.ts";

test("a protocol is recognised by as few bytes as it takes", () => {
  const cases: [string, string | undefined][] = [
    ["G", "http1"],
    ["\u0016", "tls"],
    ["P", undefined],
    ["PRI * HTTP/2.", undefined],
    ["PO", "http1"],
    ["PRI * HTTP/1.", "http1"],
    ["PRI * HTTP/2.0\r\n\r\nSM", "http2"],
    ["\u0000", "http1"],
  ];
  for (const [bytes, protocol] of cases) assert.equal(recogniseProtocol(Buffer.from(bytes, "latin1")), protocol, bytes);
});
