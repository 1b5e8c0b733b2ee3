import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { curl, startBackend } from "../../support/loopback.ts";
import { startProxyFor } from "../../support/proxy.ts";

test("curl gets its answer over HTTP/1.0, HTTP/1.1, an upgrade to h2c that is ignored, and HTTP/2", async (t) => {
  const { url } = await startProxyFor(t);
  for (const [option, version] of [
    ["--http1.0", "1.1"],
    ["--http1.1", "1.1"],
    ["--http2", "1.1"],
    ["--http2-prior-knowledge", "2"],
  ] as const) {
    const { stdout, stderr } = await curl(
      option,
      "-d",
      "hello",
      "-w",
      "\n%{http_code} %{http_version}",
      `${url}/a?b=c`,
    );
    assert.match(stdout, new RegExp(`\n200 ${version.replace(".", "\\.")}$`), `${option}: ${stderr}`);
    const seen = JSON.parse(stdout.slice(0, stdout.lastIndexOf("\n"))) as { body: string; url: string };
    assert.deepEqual([seen.body, seen.url], ["hello", "/a?b=c"]);
  }
});

test("Expect: 100-continue is answered by the service's own readiness, and an upload arrives whole", async (t) => {
  const { url } = await startProxyFor(t);
  const { stdout, stderr } = await curl("-v", "-H", "Expect: 100-continue", "-d", "x".repeat(100_000), url);
  assert.match(stderr, /< HTTP\/1\.1 100 Continue/);
  assert.equal((JSON.parse(stdout) as { bodyBytes: number }).bodyBytes, 100_000);
});

test("events reach the client one by one while the stream is open", async (t) => {
  let next: () => void = () => {};
  const backend = await startBackend((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    let count = 0;
    next = () => void response.write(`data: ${++count}\n\n`);
    next();
  });
  t.after(() => backend[Symbol.asyncDispose]());
  const { url } = await startProxyFor(t, { backend: backend.url.href });
  const response = await fetch(url);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  for (let count = 1; count <= 5; count++) {
    assert.equal((await reader.read()).value, `data: ${count}\n\n`);
    next(); // only when the one before has come through
  }
  await reader.cancel();
});

test("a Unix socket serves whoever may open it, which is its owner", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "runpass-"));
  t.after(() => rm(directory, { recursive: true }));
  const path = join(directory, "api.sock");
  const { proxy } = await startProxyFor(t, { listen: [{ at: path, services: ["my-service"] }] });
  assert.equal(proxy.doors[0]?.url, `unix:${path}`);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  const { stdout } = await curl("--unix-socket", path, "-o", "/dev/null", "-w", "%{http_code}", "http://localhost/");
  assert.equal(stdout, "200");
  await assert.rejects(startProxyFor(t, { listen: [{ at: path, services: ["my-service"] }] }), {
    code: "address_in_use",
  });
  const file = join(directory, "file");
  await writeFile(file, "mine");
  await assert.rejects(startProxyFor(t, { listen: [{ at: file, services: ["my-service"] }] }), {
    code: "address_in_use",
  });
  const nowhere = startProxyFor(t, { listen: [{ at: join(directory, "none", "a.sock"), services: ["my-service"] }] });
  await assert.rejects(nowhere, { code: "invalid_argument", why: /folder does not exist/ });
  assert.equal(await readFile(file, "utf8"), "mine", "what is no socket is left alone");
});
