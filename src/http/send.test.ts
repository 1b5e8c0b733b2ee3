import assert from "node:assert/strict";
import { test } from "node:test";
import { startBackend } from "../../test/support/loopback.ts";
import { createSender } from "./send.ts";

const environment = { variables: {}, homeDir: "/nonexistent", platform: process.platform };

test("one connection serves requests that come after each other, and an answer tells what it holds", async () => {
  const bodies: string[] = [];
  await using backend = await startBackend((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => (body += part));
    request.on("end", () => {
      bodies.push(`${request.method} ${request.headers["content-length"]} ${body}`);
      response.writeHead(201, { "X-Kind": ["a", "b"] }).end('{"text":"ä"}');
    });
  });
  let connections = 0;
  backend.server.on("connection", () => (connections += 1));
  const send = createSender({ environment });
  for (const body of ["ä", undefined]) {
    const { ok, status, headers, json } = await send(backend.url.href, {
      method: "POST",
      ...(body === undefined ? {} : { body }),
    });
    assert.deepEqual([ok, status, headers.get("x-KIND"), headers.has("X-Kind")], [true, 201, "a, b", true]);
    assert.deepEqual([headers.get("x-none"), headers.has("x-none")], [null, false]);
    assert.deepEqual(await json(), { text: "ä" });
  }
  assert.deepEqual(bodies, ["POST 2 ä", "POST 0 "]);
  assert.equal(connections, 1);
});

test("whoever says nothing for too long has failed, before the answer and within it", async () => {
  await using backend = await startBackend((request, response) => {
    if (request.url === "/within") response.write("half");
  });
  const send = createSender({ environment, silenceMs: 100 });
  await assert.rejects(send(backend.url.href), ({ cause }: Error) => /nothing came for 0.1 s/.test(String(cause)));
  const { text } = await send(`${backend.url.href}within`);
  await assert.rejects(text(), /nothing came for 0.1 s/);
});

test("an answer that breaks off is no text, and one that nobody wants ends its connection", async () => {
  const ended = Promise.withResolvers<void>();
  await using backend = await startBackend((request, response) => {
    response.writeHead(200, { "content-length": "100" }).write("half");
    if (request.url === "/breaks-off") setImmediate(() => response.destroy());
    else response.once("close", ended.resolve);
  });
  const send = createSender({ environment });
  await assert.rejects((await send(`${backend.url.href}breaks-off`)).text(), { code: "ECONNRESET" });
  await (await send(backend.url.href)).body?.cancel();
  await ended.promise;
});

test("what is no text is not sent, and a header that cannot be is not quoted", async () => {
  const send = createSender({ environment });
  await assert.rejects(send("http://127.0.0.1:1/", { method: "POST", body: new URLSearchParams() }), /only texts/);
  await assert.rejects(
    send("http://127.0.0.1:1/", { headers: { authorization: "Bearer hunter2\n" } }),
    (error: Error) => {
      assert.doesNotMatch(String(error), /hunter2/);
      return true;
    },
  );
});
