import assert from "node:assert/strict";
import { test } from "node:test";
import { statusOf, victim } from "./fixture.ts";

const door = victim();

test("Connection cannot take the token away, nor what we say of the client", async () => {
  const names = [
    "authorization",
    "x-serverless-authorization",
    "host",
    "x-forwarded-for",
    "x-forwarded-host",
    "forwarded",
    "content-length",
  ];
  for (const name of names) {
    const answer = await door.send(
      `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close, ${name}\r\n\r\nhi`,
    );
    assert.equal(statusOf(answer), 200, name);
  }
  assert.equal(door.seen.length, names.length);
  for (const { headers, body } of door.seen) {
    assert.match(headers.authorization ?? "", /^Bearer eyJ/);
    assert.match(String(headers["x-forwarded-host"]), /^localhost/);
    assert.equal(body, "hi");
  }
});
