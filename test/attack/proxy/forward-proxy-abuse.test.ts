import assert from "node:assert/strict";
import { test } from "node:test";
import { statusOf, victim } from "./fixture.ts";

const door = victim();

test("whoever takes us for a forward proxy gets nowhere", async () => {
  const lines = [
    "CONNECT evil.example:443",
    "CONNECT 169.254.169.254:80",
    "GET http://evil.example/",
    "GET http://localhost/",
    "GET https://169.254.169.254/computeMetadata/v1/",
    "GET evil.example:443",
    "OPTIONS http://evil.example/",
  ];
  for (const line of lines) {
    const status = statusOf(await door.send(`${line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`));
    assert([400, 405].includes(status), `${line}: ${status}`);
  }
  assert.equal(door.seen.length, 0);
});

test("a path goes on as it came: nothing in it leads to another host", async () => {
  for (const path of ["//evil.example/", "/..//evil.example", "/%2e%2e/", "/@evil.example", "/\\evil.example"]) {
    await door.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    assert.equal(door.seen.at(-1)?.url, path);
  }
});
