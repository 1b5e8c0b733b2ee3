import assert from "node:assert/strict";
import { test } from "node:test";
import { victim } from "./fixture.ts";

const door = victim();

test("a client's X-Serverless-Authorization never decides who calls", async () => {
  for (const name of ["X-Serverless-Authorization", "x-SERVERLESS-authorization"]) {
    await door.send(`GET / HTTP/1.1\r\nHost: localhost\r\n${name}: Bearer mine\r\nConnection: close\r\n\r\n`);
  }
  assert.equal(door.seen.length, 2);
  for (const { rawHeaders } of door.seen) assert(!rawHeaders.includes("Bearer mine"));
});
