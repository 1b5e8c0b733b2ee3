import assert from "node:assert/strict";
import { test } from "node:test";
import { curl, startServer } from "./fixture.ts";

for (const line of [
  "X-A: b\r\nAuthorization: mine",
  "X-A: b\nX-Serverless-Authorization: mine",
  " X-Serverless-Authorization: mine",
  "X Serverless: mine",
  "Host: evil.example",
  "Host: web.example.evil",
  "Host;",
]) {
  test(`a header that smuggles is refused: ${JSON.stringify(line)}`, async () => {
    const outcome = await curl("https://web.example", ["-H", line]);
    assert.equal(outcome.error?.code, "invalid_argument");
    assert.equal(outcome.tokensAsked, 0);
  });
}

test("a server of this machine may be given any Host: that is how a local emulator is told which service is meant", async () => {
  await using server = await startServer();
  assert.equal((await curl(server.origin, ["-H", "Host: web.example"])).code, 0);
  assert.equal(server.requests[0]?.headers.host, "web.example");
});
