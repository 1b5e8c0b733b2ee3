import assert from "node:assert/strict";
import { test } from "node:test";
import { curl, startServer } from "./fixture.ts";

for (const origin of [
  "https://web.example@evil.example",
  "https://web.example:443@evil.example",
  "https://{web.example,evil.example}",
  "https://web.example\\\\.evil.example",
  "https://web.example%2eevil.example",
  "https://web[1-2].example",
  "https:web.example",
  "https:///web.example",
  "ftp://web.example",
  "file:///etc/passwd",
  "https://web.example:99999",
  "http://localhost.evil.example",
  "http://127.0.0.1.evil.example",
  "http://0x7f.1",
  "http://2130706433",
  "http://[::ffff:127.0.0.1]",
  "https://wéb.example",
  "https://web..example",
  "https://-web.example",
  "https://web.example\n",
]) {
  test(`no token for ${JSON.stringify(origin)}`, async () => {
    const outcome = await curl(origin, []);
    assert.equal(outcome.error?.code, "invalid_argument");
    assert.equal(outcome.tokensAsked, 0);
    assert.equal((await curl("https://web.example", [origin])).error?.code, "invalid_argument");
  });
}

test("patterns in the path stay on the same origin", async () => {
  await using server = await startServer();
  const outcome = await curl(server.origin, ["-s"], { path: "/{a,b}/[1-2]?x=@{y}" });
  assert.equal(outcome.code, 0);
  assert.equal(server.requests.length, 4);
});
