import assert from "node:assert/strict";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { test } from "node:test";
import { curl, exchange, openSocket, readToEnd, readUntil } from "../../test/support/loopback.ts";
import { RunpassError } from "../core/errors.ts";
import { isHttp2, requestAuthority } from "./message.ts";
import { createLocalServer } from "./server.ts";
import type { LocalServerOptions } from "./server.ts";

/** Answers with the version, method, target and body that it got. */
const report: LocalServerOptions["onRequest"] = async (request, response) => {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  response.end(`${request.httpVersion} ${request.method} ${requestAuthority(request)} ${request.url} ${body}`);
};

const startServer = (options: Partial<LocalServerOptions> = {}) =>
  createLocalServer({ port: 0, onRequest: report, ...options });

test("one port serves HTTP/1.1, HTTP/1.0 and HTTP/2 with prior knowledge to curl", async () => {
  await using server = await startServer();
  const host = `127.0.0.1:${server.port}`;
  assert.equal((await curl(`${server.url}/a?b`)).stdout, `1.1 GET ${host} /a?b `);
  assert.equal((await curl("--http1.0", server.url)).stdout, `1.0 GET ${host} / `);
  assert.equal((await curl("--http2-prior-knowledge", "-d", "x", server.url)).stdout, `2.0 POST ${host} / x`);
});

test("an offer of h2c is ignored and the body that came with it is not lost", async () => {
  await using server = await startServer();
  const { stdout } = await curl("--http2", "-d", "hello", server.url, server.url);
  const line = `1.1 POST 127.0.0.1:${server.port} / hello`;
  assert.equal(stdout, line + line);
});

test("any other Upgrade is ignored where nobody takes it", async () => {
  await using server = await startServer();
  const request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, upgrade\r\nUpgrade: websocket\r\n\r\n";
  assert.match(await exchange(server.port, request), /^HTTP\/1\.1 200 /);
});

test("a WebSocket handshake with a body is served as an ordinary request", async () => {
  await using server = await startServer({ onUpgrade: () => assert.fail("taken for a handshake") });
  const answer = await exchange(
    server.port,
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nhi" +
      "GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
  );
  assert.match(answer, /1\.1 GET a \/ hi/);
  assert.match(answer, /1\.1 GET a \/next /);
});

test("first bytes may come one by one", async () => {
  await using server = await startServer();
  const socket = await openSocket(server.port);
  socket.setNoDelay(true);
  const answer = readToEnd(socket);
  for (const byte of "PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n") {
    socket.write(byte);
    await new Promise(setImmediate);
  }
  assert.match(await answer, /1\.1 PUT a \/ /);
});

test("a client that closes its half after the request gets its answer", async () => {
  await using server = await startServer();
  const socket = await openSocket(server.port);
  const answer = readToEnd(socket);
  socket.end("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  assert.match(await answer, /^HTTP\/1\.1 200 /);
});

test("malformed requests get a 4xx and the server lives on", async (t) => {
  await using server = await startServer();
  const cases: [string, string, RegExp][] = [
    ["garbage", "\u0000\u0001\u0002 nonsense\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["what only begins like HTTP/2", "PRI * HTTP/1.1\r\nHost: a\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["no Host", "GET / HTTP/1.1\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["a space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", /^HTTP\/1\.1 400 /],
    [
      "two lengths",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
      /^HTTP\/1\.1 400 /,
    ],
    [
      "a length and chunks",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      /^HTTP\/1\.1 400 /,
    ],
    [
      "an unknown transfer coding",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      /^HTTP\/1\.1 501 /,
    ],
    ["a bare line feed in a header", "GET / HTTP/1.1\r\nHost: a\r\nX: a\nAuthorization: b\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["100 kB of headers", `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(100_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    ["CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", /^HTTP\/1\.1 405 /],
    [
      "an unknown expectation",
      "GET / HTTP/1.1\r\nHost: a\r\nExpect: cake\r\nConnection: close\r\n\r\n",
      /^HTTP\/1\.1 417 /,
    ],
  ];
  for (const [name, request, expected] of cases) {
    await t.test(name, async () => assert.match(await exchange(server.port, request), expected));
  }
  assert.equal((await curl(server.url)).code, 0);
});

test("no header is dropped for being one of many", async () => {
  await using server = await startServer({
    onRequest: (request, response) => void response.end(String(request.rawHeaders.length / 2)),
  });
  const many = Array.from({ length: 3_000 }, (_, index) => `X-${index}: y\r\n`).join("");
  const answer = await exchange(server.port, `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${many}\r\n`);
  assert.match(answer, /\r\n3002\r\n|\r\n\r\n3002$/);
});

test("HTTP/2 requests whose Host and :authority differ are refused", async () => {
  await using server = await startServer();
  const session = connectHttp2(server.url);
  const stream = session.request({ ":path": "/", ":authority": "a", host: "b" });
  const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
  stream.close();
  session.destroy();
  assert.equal(headers[":status"], 400);
});

test("100 Continue is sent when the body is read, and not before a refusal", async () => {
  await using server = await startServer({
    onRequest: (request, response) => {
      if (request.url !== "/refused") return report(request, response);
      response.statusCode = 403;
      response.end();
    },
  });
  const request = (path: string) =>
    `POST ${path} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n`;
  assert.match(await exchange(server.port, request("/refused")), /^HTTP\/1\.1 403 /);
  const socket = await openSocket(server.port);
  socket.write(request("/taken"));
  assert.equal(await readUntil(socket, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  assert.match(await exchange(socket, "hi"), /^HTTP\/1\.1 200 [^]*POST a \/taken hi/);
});

test("slow clients are let go", async (t) => {
  await using server = await startServer({ headersTimeoutMs: 100 });
  await t.test("one that says nothing", async () => assert.equal(await exchange(server.port, ""), ""));
  await t.test("one that does not finish its headers", async () => {
    assert.match(await exchange(server.port, "GET / HTTP/1.1\r\nHost: a\r\n"), /^HTTP\/1\.1 408 /);
  });
  await t.test("one that does not finish its handshake", async () => {
    assert.equal(await exchange(server.port, "\u0016\u0003\u0001"), "");
  });
});

test("an idle HTTP/2 connection is closed, one with an open stream is not", async () => {
  const finish = Promise.withResolvers<void>();
  await using server = await startServer({
    keepAliveTimeoutMs: 50,
    onRequest: async (_request, response) => {
      await finish.promise;
      response.end("late");
    },
  });
  const idle = connectHttp2(server.url);
  const busy = connectHttp2(server.url);
  const stream = busy.request({ ":path": "/" });
  const body = readToEnd(stream);
  await Promise.all([once(idle, "close"), once(busy, "goaway")]);
  finish.resolve();
  assert.equal(await body, "late");
});

test("a client that resets its connection does no harm", async () => {
  const arrived = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  await using server = await startServer({
    onRequest: (_request, answer) => {
      const response = answer as ServerResponse;
      response.once("close", () => ended.resolve());
      response.write("x");
      arrived.resolve();
    },
  });
  const socket = await openSocket(server.port);
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await arrived.promise;
  socket.resetAndDestroy();
  await ended.promise;
});

test("what a handler throws is reported and answered with a 500", async (t) => {
  const errors: unknown[] = [];
  await using server = await startServer({
    onRequest: (request) => {
      if (request.url === "/now") throw new Error("now");
      return Promise.reject(new Error("later"));
    },
    onError: (error) => errors.push((error as Error).message),
  });
  for (const [flag, path] of [
    ["--http1.1", "now"],
    ["--http1.1", "later"],
    ["--http2-prior-knowledge", "later"],
  ] as const) {
    await t.test(`${path} ${flag}`, async () => {
      assert.equal((await curl(flag, "-w", "%{http_code}", `${server.url}/${path}`)).stdout, "500");
    });
  }
  assert.deepEqual(errors, ["now", "later", "later"]);
});

test("a taken port is an error that says how to go on", async () => {
  await using server = await startServer();
  await assert.rejects(startServer({ port: server.port }), (error) => {
    assert(error instanceof RunpassError);
    assert.equal(error.code, "address_in_use");
    assert.match(error.fix ?? "", /another port/);
    return true;
  });
  await assert.rejects(startServer({ host: "192.0.2.1" }), { code: "invalid_argument" });
});

test("close lets open exchanges end, closes idle connections and refuses new ones", async () => {
  const arrived = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  let waiting = 0;
  const server = await startServer({
    onRequest: async (request, response) => {
      if (request.url === "/quick") return void response.end("quick");
      waiting += 1;
      if (waiting === 2) arrived.resolve();
      await finish.promise;
      response.end(`whole ${isHttp2(request)}`);
    },
  });
  const silent = readToEnd(await openSocket(server.port));
  const idle = await openSocket(server.port);
  idle.write("GET /quick HTTP/1.1\r\nHost: a\r\n\r\n");
  await readUntil(idle, "quick");
  const http1 = exchange(server.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const session = connectHttp2(server.url);
  const http2 = readToEnd(session.request({ ":path": "/" }));
  await arrived.promise;
  const closed = server.close();
  assert.equal(server.close(), closed);
  await Promise.all([silent, readToEnd(idle)]);
  await assert.rejects(openSocket(server.port), { code: "ECONNREFUSED" });
  finish.resolve();
  assert.match(await http1, /whole false/);
  assert.equal(await http2, "whole true");
  assert.deepEqual(await closed, { cut: 0 });
});

test("close does not cut an answer that is handed over but not yet sent", async () => {
  const size = 30_000_000;
  const handed = Promise.withResolvers<void>();
  const server = await startServer({
    onRequest: (_request, response) => {
      response.end(Buffer.alloc(size, "x"));
      handed.resolve();
    },
  });
  const socket = await openSocket(server.port);
  socket.pause();
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await handed.promise;
  const closed = server.close();
  await new Promise(setImmediate);
  const answer = await readToEnd(socket);
  assert(answer.length > size);
  assert.deepEqual(await closed, { cut: 0 });
});

test("close cuts and counts what is open after the deadline", async () => {
  const arrived = Promise.withResolvers<void>();
  const server = await startServer({ onRequest: () => arrived.resolve() });
  const answer = exchange(server.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await arrived.promise;
  assert.deepEqual(await server.close({ deadlineMs: 20 }), { cut: 1 });
  assert.equal(await answer, "");
});

test("spaces around a field's value go in HTTP/2 as in HTTP/1", async () => {
  await using server = await startServer({
    onRequest: ({ headers, rawHeaders }, response) => {
      const at = rawHeaders.findIndex((name) => name.toLowerCase() === "x-a");
      response.end(JSON.stringify([headers["x-a"], headers["x-b"], rawHeaders[at + 1]]));
    },
  });
  for (const version of ["--http1.1", "--http2-prior-knowledge"]) {
    const { stdout } = await curl(version, "-H", "X-A: a b \t", "-H", "X-B: c ", "-H", "X-B:  d", server.url);
    assert.deepEqual(JSON.parse(stdout), ["a b", "c, d", "a b"], version);
  }
});
