import assert from "node:assert/strict";
import { test } from "node:test";
import { createVerboseFilter } from "../../../src/cli/curl/verbose-filter.ts";
import { createFolder, curl, startServer, token } from "./fixture.ts";

for (const words of [["-v"], ["-vvv"], ["-sSvo", "/dev/null"], ["--verb"], ["-v", "--http2-prior-knowledge"]]) {
  test(`the token is not in the output of ${words.join(" ")}`, async () => {
    await using server = await startServer();
    const outcome = await curl(server.origin, words);
    assert.match(outcome.stderr, /^\* /m, "-v did speak");
    assert.doesNotMatch(outcome.stderr + outcome.stdout, /eyJ|sssss/);
  });
}

test("-v in .curlrc shows no token either", async () => {
  await using server = await startServer();
  await using home = await createFolder();
  await (await import("node:fs/promises")).writeFile(home.file(".curlrc"), "verbose\n");
  const outcome = await curl(server.origin, [], { homeDir: home.path });
  assert.match(outcome.stderr, /> Authorization: Bearer \[redacted\]/);
  assert.doesNotMatch(outcome.stderr, /eyJ/);
});

test("a header that curl cuts off, or that comes in pieces, shows no part of the token", () => {
  const shown: string[] = [];
  const filter = createVerboseFilter(token, (text) => shown.push(text));
  const line = `* h2h3 [authorization: Bearer ${token.slice(0, 300)}]\n> Authorization: Bearer ${token}\r\n> x-serverless-authorization: bearer ${token.slice(0, 40)}`;
  for (let at = 0; at < line.length; at += 7) filter.push(Buffer.from(line.slice(at, at + 7)));
  filter.end();
  assert.doesNotMatch(shown.join(""), /eyJ|hdWQi/);
  assert.match(shown.join(""), /\[authorization: Bearer \[redacted\]\]/);
});

test("--stderr together with -v is refused", async () => {
  await using folder = await createFolder();
  const outcome = await curl("http://localhost:1", ["-v", "--stderr", folder.file("log")]);
  assert.equal(outcome.error?.code, "invalid_argument");
  assert.equal(outcome.tokensAsked, 0);
});
