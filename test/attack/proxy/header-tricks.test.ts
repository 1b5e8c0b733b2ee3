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

test("a client's X-Serverless-Authorization never decides who calls", async () => {
  const before = door.seen.length;
  for (const name of ["X-Serverless-Authorization", "x-SERVERLESS-authorization"]) {
    await door.send(`GET / HTTP/1.1\r\nHost: localhost\r\n${name}: Bearer mine\r\nConnection: close\r\n\r\n`);
  }
  for (const { rawHeaders } of door.seen.slice(before)) assert(!rawHeaders.includes("Bearer mine"));
});

test("a field that holds a line break, a NUL, or a space in its name does not go through", async () => {
  const before = door.seen.length;
  for (const field of [
    "X-A: b\rX-Serverless-Authorization: c",
    "X-A: b\0c",
    "X A: b",
    "X-A : b",
    ": b",
    "X-A: b\r\n folded: c",
  ]) {
    assert.equal(
      statusOf(await door.send(`GET / HTTP/1.1\r\nHost: localhost\r\n${field}\r\nConnection: close\r\n\r\n`)),
      400,
      JSON.stringify(field),
    );
  }
  assert.equal(door.seen.length, before);
});
