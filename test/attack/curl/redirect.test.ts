import assert from "node:assert/strict";
import { test } from "node:test";
import { curl, startServer } from "./fixture.ts";

test("a redirect to another host is followed with -L, without the token", async () => {
  await using other = await startServer();
  await using server = await startServer((_, response) => {
    response.writeHead(302, { location: `http://127.0.0.1:${other.port}/` }).end();
  });
  for (const option of ["-L", "--location", "-sLo/dev/null"]) await curl(server.origin, [option]);
  assert.equal(server.requests.length, 3);
  assert.equal(other.requests.length, 3);
  for (const { rawHeaders } of other.requests) assert.doesNotMatch(rawHeaders.join(" "), /eyJ/);
});

test("a redirect to another port of the same host is followed without the token", async () => {
  await using other = await startServer();
  await using server = await startServer((_, response) => {
    response.writeHead(302, { location: other.origin }).end();
  });
  assert.equal((await curl(server.origin, ["-L"])).code, 0);
  assert.doesNotMatch(other.requests[0]?.rawHeaders.join(" ") ?? "eyJ", /eyJ/);
});

test("a redirect to the same origin keeps the token", async () => {
  await using server = await startServer((request, response) => {
    if (request.url === "/") response.writeHead(302, { location: "/there" });
    response.end();
  });
  assert.equal((await curl(server.origin, ["-L"])).code, 0);
  assert.match(server.requests[1]?.headers.authorization ?? "", /^Bearer eyJ/);
});

test("from https, redirects are followed to https alone", async () => {
  const outcome = await curl("https://web.invalid", ["-L", "--proto-redir", "=http", "-m1"]);
  assert.deepEqual(outcome.started[0]?.words.slice(-4, -2), ["--proto-redir", "=https"]);
});
