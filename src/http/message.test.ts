import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAuthority } from "./message.ts";

test("an authority is read with its port, without case, brackets and trailing dot", () => {
  assert.deepEqual(parseAuthority("Run.GoogleAPIs.com:443"), { host: "run.googleapis.com", port: 443 });
  assert.deepEqual(parseAuthority("a.run.app."), { host: "a.run.app" });
  assert.deepEqual(parseAuthority("[::1]:80"), { host: "::1", port: 80 });
});

test("what is no authority is told", () => {
  for (const text of [
    "",
    ".",
    ":80",
    "a:",
    "a:0",
    "a:65536",
    "a:x",
    "u@a",
    "a/b",
    "a b",
    "[::1",
    "::1",
    "a\r\nb",
    "é",
    "a:80:80",
  ]) {
    assert.equal(parseAuthority(text), undefined, text);
  }
});
