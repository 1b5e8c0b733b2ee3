import assert from "node:assert/strict";
import { test } from "node:test";
import { curl, startServer } from "./fixture.ts";

for (const words of [
  ["http://127.0.0.1:1/"],
  ["https://evil.example/"],
  ["evil.example"],
  ["--url", "https://evil.example/"],
  ["--url=https://evil.example/"],
  ["--ur", "https://evil.example/"],
  ["--url", "@list"],
  ["-s", "--", "https://evil.example/"],
  ["-o", "/dev/null", "-sSo/dev/null", "https://evil.example/"],
  ["-d", "-s", "https://evil.example/"],
  ["http://localhost:2/"],
  ["https://localhost:1/"],
]) {
  test(`a further URL of another origin is refused: ${words.join(" ")}`, async () => {
    const outcome = await curl("http://localhost:1", words);
    assert.equal(outcome.error?.code, "invalid_argument");
    assert.equal(outcome.tokensAsked, 0);
    assert.equal(outcome.started.length, 0);
  });
}

test("a further URL of the same origin is called with the token too", async () => {
  await using server = await startServer();
  const outcome = await curl(server.origin, ["-s", `${server.origin}/second`], { path: "/first" });
  assert.equal(outcome.code, 0);
  assert.deepEqual(
    server.requests.map(({ url }) => url),
    ["/first", "/second"],
  );
  assert.ok(server.requests.every(({ headers }) => headers.authorization?.startsWith("Bearer eyJ")));
});
