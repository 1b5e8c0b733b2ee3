import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { run, startBackend } from "../../support/loopback.ts";
import type { Backend } from "../../support/loopback.ts";
import { startProxy } from "../../support/proxy.ts";
import type { ProxySubject } from "../../support/proxy.ts";
import { missingCommand } from "../fixture.ts";

let backend: Backend;
let subject: ProxySubject;

before(async () => {
  backend = await startBackend((_request, response) => response.end("served"));
  subject = await startProxy({ backend: backend.url.href });
});
after(async () => {
  await subject[Symbol.asyncDispose]();
  await backend[Symbol.asyncDispose]();
});

const requests = 500;

test(
  "h2load gets every one of its answers, over many streams of few connections, and over HTTP/1.1",
  { skip: missingCommand("h2load") },
  async () => {
    for (const protocol of [[], ["--h1"]]) {
      const words = ["-n", `${requests}`, "-c", "4", "-m", "20", ...protocol, subject.url];
      const { stdout, stderr } = await run("h2load", words);
      assert.match(stdout, new RegExp(`${requests} done, ${requests} succeeded, 0 failed, 0 errored`), stdout + stderr);
      assert.match(stdout, new RegExp(`status codes: ${requests} 2xx`));
    }
  },
);

test("wrk keeps its connections busy for a second and meets no error", { skip: missingCommand("wrk") }, async () => {
  const { stdout } = await run("wrk", ["-t", "1", "-c", "16", "-d", "1s", subject.url]);
  assert.match(stdout, /[1-9]\d* requests in/);
  assert.doesNotMatch(stdout, /Socket errors|Non-2xx/);
});
