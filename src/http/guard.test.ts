import assert from "node:assert/strict";
import { test } from "node:test";
import { curl } from "../../test/support/loopback.ts";
import { equalSecrets, guardRequest } from "./guard.ts";
import { createLocalServer } from "./server.ts";

test("endpoints with power answer this machine's own callers only", async (t) => {
  await using server = await createLocalServer({
    port: 0,
    onRequest: (request, response) => {
      response.statusCode = guardRequest(request, { secret: "s3cret" })?.status ?? 200;
      response.end();
    },
  });
  const { port } = server;
  const ours = ["-H", "X-Runpass-Secret: s3cret"];
  const cases: [string, string, string[]][] = [
    ["127.0.0.1", "200", ours],
    ["localhost", "200", [...ours, "-H", `Host: LocalHost:${port}`]],
    ["its own page", "200", [...ours, "-H", `Origin: http://127.0.0.1:${port}`, "-H", "Sec-Fetch-Site: same-origin"]],
    ["a name that resolves to loopback", "421", [...ours, "-H", `Host: evil.example:${port}`]],
    ["a name that begins like ours", "421", [...ours, "-H", "Host: localhost.evil.example"]],
    ["a page of another origin", "403", [...ours, "-H", "Origin: https://evil.example"]],
    ["a page on another local port", "403", [...ours, "-H", "Origin: http://127.0.0.1:1"]],
    ["a sandboxed page", "403", [...ours, "-H", "Origin: null"]],
    ["an image of another site", "403", [...ours, "-H", "Sec-Fetch-Site: cross-site"]],
    ["no secret", "401", []],
    ["a wrong secret", "401", ["-H", "X-Runpass-Secret: s3cre"]],
    ["an empty secret", "401", ["-H", "X-Runpass-Secret;"]],
  ];
  for (const flag of ["--http1.1", "--http2-prior-knowledge"]) {
    for (const [name, status, args] of cases) {
      await t.test(`${name} ${flag}`, async () => {
        const { stdout } = await curl(flag, "-o", "/dev/null", "-w", "%{http_code}", ...args, server.url);
        assert.equal(stdout, status);
      });
    }
  }
});

test("secrets are equal only when they are the same", () => {
  assert.equal(equalSecrets("a", "a"), true);
  assert.equal(equalSecrets("a", "b"), false);
  assert.equal(equalSecrets("a", "aa"), false);
});
