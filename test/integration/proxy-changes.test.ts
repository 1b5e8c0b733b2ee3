import assert from "node:assert/strict";
import { test } from "node:test";
import { RunpassError } from "../../src/core/errors.ts";
import { startProxyFor } from "../support/proxy.ts";

test("at the end open requests may go on until a deadline, and what is cut is told", async (t) => {
  const subject = await startProxyFor(t, {}, (_request, response) => void response.writeHead(200).write("first"));
  const response = await fetch(`${subject.url}/stream?secret=1`);
  const reader = response.body!.getReader();
  await reader.read();
  const cut = await subject.proxy.close({ deadlineMs: 50 });
  assert.deepEqual(
    cut.map(({ service, method, path }) => [service, method, path]),
    [["my-service", "GET", "/stream"]],
  );
  await assert.rejects(reader.read());
  assert.equal((await subject.event("drain")).cut.length, 1);
});

test("an open request ends in its own time when the proxy closes", async (t) => {
  let finish: () => void = () => {};
  const subject = await startProxyFor(t, {}, (_request, response) => {
    response.writeHead(200).write("first ");
    finish = () => void response.end("last");
  });
  const response = await fetch(subject.url);
  const closing = subject.proxy.close({ deadlineMs: 10_000 });
  finish();
  assert.equal(await response.text(), "first last");
  assert.deepEqual(await closing, []);
});

test("identity and address are replaced while streams go on", async (t) => {
  let finish: () => void = () => {};
  const subject = await startProxyFor(t, {}, (request, response) => {
    response.writeHead(200).write("first ");
    if (request.url === "/stream") finish = () => void response.end("last");
    else response.end(request.headers.authorization);
  });
  const stream = await fetch(`${subject.url}/stream`);
  const origin = subject.emulator.serviceUrl("my-service");
  const fix = "none";
  const fetchToken = () => Promise.reject(new RunpassError({ code: "no_credentials", message: "other", fix }));
  await subject.proxy.update({
    listen: [{ at: 0, services: ["my-service"] }],
    services: [{ name: "my-service", origin, fetchToken }],
  });
  assert.equal((await fetch(subject.url)).status, 502);
  finish();
  assert.equal(await stream.text(), "first last");
});

test("a place that is left lets its streams end until the deadline, and tells what it cut", async (t) => {
  for (const name of ["my-service", "other"]) {
    await t.test(`for ${name}, which is served elsewhere then`, async (nested) => {
      const subject = await startProxyFor(
        nested,
        {},
        (_request, response) => void response.writeHead(200).write("first"),
      );
      const reader = (await fetch(`${subject.url}/stream`)).body!.getReader();
      await reader.read();
      const fetchToken = () => Promise.reject(new RunpassError({ code: "no_credentials", message: "none" }));
      const services = [{ name, origin: subject.emulator.serviceUrl("my-service"), fetchToken }];
      const listen = [{ at: subject.port - 1, isSearching: true, services: [name] }];
      await subject.proxy.update({ listen, services }, { deadlineMs: 50 });
      await assert.rejects(fetch(subject.url), "it listens elsewhere now");
      assert.notEqual(subject.proxy.doors[0]?.url, subject.url);
      const { cut } = await subject.event("drain");
      assert.deepEqual(
        cut.map(({ service, path }) => [service, path]),
        [["my-service", "/stream"]],
      );
      await assert.rejects(reader.read());
    });
  }
});

test("a proxy that ends while it takes up another plan leaves nothing open", async (t) => {
  const subject = await startProxyFor(t);
  const fetchToken = () => Promise.reject(new RunpassError({ code: "no_credentials", message: "none" }));
  const services = [{ name: "other", origin: "https://other.example", fetchToken }];
  const updating = subject.proxy.update({ listen: [{ at: 0, services: ["other"] }], services });
  await Promise.all([updating, subject.proxy.close({ deadlineMs: 0 })]);
  const [door] = subject.proxy.doors;
  assert.deepEqual(door?.services, ["other"]);
  await assert.rejects(fetch(door.url), TypeError);
});
