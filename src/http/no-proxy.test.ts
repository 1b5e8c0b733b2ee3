import assert from "node:assert/strict";
import { test } from "node:test";
import { isWithoutProxy } from "./no-proxy.ts";

test("NO_PROXY names hosts, what is under them, ports and everything", () => {
  const cases: readonly (readonly [noProxy: string | undefined, host: string, port: number, without: boolean])[] = [
    [undefined, "example.com", 443, false],
    ["", "example.com", 443, false],
    ["*", "example.com", 443, true],
    ["example.com", "example.com", 443, true],
    ["example.com", "api.Example.com", 443, true],
    ["example.com", "notexample.com", 443, false],
    [".example.com", "api.example.com", 443, true],
    ["*.example.com", "api.example.com", 443, true],
    ["localhost, 127.0.0.1,::1", "127.0.0.1", 80, true],
    ["localhost 127.0.0.1 ::1", "[::1]", 80, true],
    ["example.com:8443", "example.com", 443, false],
    ["example.com:8443", "example.com", 8443, true],
    ["[::1]:80", "::1", 80, true],
    [",", "example.com", 443, false],
  ];
  for (const [noProxy, host, port, without] of cases) {
    assert.equal(isWithoutProxy(noProxy, host, port), without, JSON.stringify([noProxy, host, port]));
  }
});
