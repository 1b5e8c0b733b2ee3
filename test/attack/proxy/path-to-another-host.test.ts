import assert from "node:assert/strict";
import { test } from "node:test";
import { victim } from "./fixture.ts";

const door = victim();

test("a path goes on as it came: nothing in it leads to another host", async () => {
  for (const path of ["//evil.example/", "/..//evil.example", "/%2e%2e/", "/@evil.example", "/\\evil.example"]) {
    await door.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    assert.equal(door.seen.at(-1)?.url, path);
  }
});
