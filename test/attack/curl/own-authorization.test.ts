import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import { createFolder, curl, startServer, token } from "./fixture.ts";

const own = [
  { words: ["-u", "me:secret"], header: /^Basic / },
  { words: ["-ume:secret"], header: /^Basic / },
  { words: ["-H", "Authorization: Basic mine"], header: /^Basic mine$/ },
  { words: ["-HaUTHORIZATION:Basic mine"], header: /^Basic mine$/ },
  { words: ["-H", "Authorization;"], header: /^$/ },
  { words: ["--oauth2-bearer", "mine"], header: /^Bearer mine$/ },
  { words: ["--oauth2=mine"], header: /^Bearer mine$/ },
];

for (const { words, header } of own) {
  test(`with ${words.join(" ")} our token moves to X-Serverless-Authorization`, async () => {
    await using server = await startServer();
    assert.equal((await curl(server.origin, words)).code, 0);
    const { headers } = server.requests[0]!;
    assert.equal(headers["x-serverless-authorization"], `Bearer ${token}`);
    assert.match(headers.authorization ?? "", header);
  });

  test(`with ${words.join(" ")} redirects are refused: curl would carry our token along`, async () => {
    await using server = await startServer();
    for (const redirect of ["-L", "--location", "--follow"]) {
      const outcome = await curl(server.origin, [...words, redirect]);
      assert.equal(outcome.error?.code, "invalid_argument");
      assert.equal(outcome.tokensAsked, 0);
    }
    assert.equal(server.requests.length, 0);
  });
}

test("credentials in a netrc file or a header file count as the user's own", async () => {
  await using folder = await createFolder();
  await using server = await startServer();
  await writeFile(folder.file("netrc"), "machine localhost login me password secret\n");
  await writeFile(folder.file("headers"), "X-One: 1\nAuthorization: Basic mine\n");
  await curl(server.origin, ["--netrc-file", folder.file("netrc")]);
  await curl(server.origin, ["-H", `@${folder.file("headers")}`]);
  assert.equal(server.requests.length, 2);
  for (const { headers } of server.requests) {
    assert.equal(headers["x-serverless-authorization"], `Bearer ${token}`);
    assert.match(headers.authorization ?? "", /^Basic/);
  }
});

test("an X-Serverless-Authorization of the user's own is refused", async () => {
  const outcome = await curl("http://localhost:1", ["-H", "x-serverless-authorization: Bearer mine"]);
  assert.equal(outcome.error?.code, "invalid_argument");
});

test("a line of a header file cannot name another header file", async () => {
  await using folder = await createFolder();
  await using server = await startServer();
  await writeFile(folder.file("inner"), "X-Serverless-Authorization: Bearer mine\n");
  await writeFile(folder.file("outer"), `@${folder.file("inner")}\n# Authorization: x\nX-One: 1\n`);
  assert.equal((await curl(server.origin, ["-H", `@${folder.file("outer")}`])).code, 0);
  const { headers } = server.requests[0]!;
  assert.deepEqual([headers["x-one"], headers["x-serverless-authorization"]], ["1", undefined]);
  assert.equal(headers.authorization, `Bearer ${token}`);
});
