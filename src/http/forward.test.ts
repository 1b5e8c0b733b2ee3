import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import type { ClientRequest, IncomingMessage, RequestListener } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { curl, exchange, openSocket, readToEnd, readUntil, startBackend } from "../../test/support/loopback.ts";
import type { Backend } from "../../test/support/loopback.ts";
import { createForwardAgent, forwardRequest } from "./forward.ts";
import type { ForwardResult } from "./forward.ts";
import { endToEndHeaders } from "./headers.ts";
import { createLocalServer } from "./server.ts";

/** A server that forwards everything to a backend, and answers 503 where no answer comes. */
async function startForwarder(
  t: TestContext,
  onRequest: RequestListener,
  { path = "", signal }: { path?: string; signal?: AbortSignal } = {},
) {
  const backend = await startBackend(onRequest);
  const agent = createForwardAgent();
  const results: ForwardResult[] = [];
  const waiting: ((result: ForwardResult) => void)[] = [];
  const server = await createLocalServer({
    port: 0,
    onRequest: async (request, response) => {
      const target = new URL(path, backend.url);
      const rawHeaders = endToEndHeaders(request.rawHeaders);
      const result = await forwardRequest({ request, response, target, rawHeaders, agent, signal });
      if (result.outcome === "unanswered") {
        response.statusCode = 503;
        response.end("no answer");
      }
      results.push(result);
      waiting.shift()?.(result);
    },
  });
  t.after(async () => {
    await server.close({ deadlineMs: 0 });
    agent.close();
    await backend[Symbol.asyncDispose]();
  });
  /** How the next exchange to end ends. */
  const nextResult = () => new Promise<ForwardResult>((resolve) => waiting.push(resolve));
  return { ...server, backend, results, nextResult };
}

async function answerOf(request: ClientRequest): Promise<IncomingMessage> {
  const [answer] = (await once(request, "response")) as [IncomingMessage];
  return answer;
}

test("method, target, end-to-end headers and body arrive as sent, whatever the client speaks", async (t) => {
  const { url, port, results } = await startForwarder(
    t,
    async (request, response) => {
      let body = "";
      for await (const chunk of request) body += String(chunk);
      response.setHeader("set-cookie", ["a=1", "b=2"]);
      response.end(JSON.stringify([request.method, request.url, request.headers, body]));
    },
    { path: "/base/" },
  );
  for (const flag of ["--http1.1", "--http2-prior-knowledge"]) {
    const { stdout } = await curl(
      ...[flag, "-i", "-X", "PATCH", "-d", "hi", "-H", "X-Own: 1", "-H", "Keep-Alive: 3", "-H", "Cookie: a=b"],
      ...["--path-as-is", `${url}/a/../%2e%2e/b?c=%20&d`],
    );
    assert.match(stdout, /^set-cookie: a=1\r\nset-cookie: b=2\r$/m);
    const [method, path, headers, body] = JSON.parse(stdout.slice(stdout.indexOf("\r\n\r\n"))) as [
      string,
      string,
      Record<string, string>,
      string,
    ];
    assert.deepEqual([method, path, body], ["PATCH", "/base/a/../%2e%2e/b?c=%20&d", "hi"]);
    assert.equal(headers["host"], `127.0.0.1:${port}`);
    assert.equal(headers["content-length"], "2");
    assert.equal(headers["x-own"], "1");
    assert.equal(headers["cookie"], "a=b");
    assert.equal(headers["keep-alive"], undefined);
    assert.equal(headers["transfer-encoding"], undefined);
  }
  assert.deepEqual(results, [
    { outcome: "answered", status: 200 },
    { outcome: "answered", status: 200 },
  ]);
});

test("hop-by-hop fields stay behind in both directions, with those that Connection names", async (t) => {
  let received: string[] = [];
  const { port } = await startForwarder(t, (request, response) => {
    received = request.rawHeaders;
    response.writeHead(200, [
      "Connection",
      "X-Inner, close",
      "X-Inner",
      "1",
      "Proxy-Authenticate",
      "Basic",
      "X-Outer",
      "2",
    ]);
    response.end();
  });
  const answer = await exchange(
    port,
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, X-Secret, Host\r\nX-Secret: 1\r\nTE: trailers\r\nProxy-Authorization: x\r\nX-Kept: 1\r\n\r\n",
  );
  assert.deepEqual(received, ["Host", "a", "X-Kept", "1", "TE", "trailers", "Connection", "TE"]);
  assert.match(answer, /X-Outer: 2/);
  assert.doesNotMatch(answer, /X-Inner|Proxy-Auth/);
});

test("a length stays a length and chunks stay chunks", async (t) => {
  const { port } = await startForwarder(t, (request, response) => {
    const framing = [request.headers["content-length"] ?? "-", request.headers["transfer-encoding"] ?? "-"].join();
    request.resume();
    if (request.url === "/length") response.setHeader("content-length", framing.length);
    else response.flushHeaders();
    response.end(framing);
  });
  const send = (line: string, rest: string) =>
    exchange(port, `${line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${rest}`);
  assert.match(await send("POST /length", "Content-Length: 2\r\n\r\nhi"), /Content-Length: 3\r\n[^]*\r\n\r\n2,-$/i);
  assert.match(
    await send("GET /chunks", "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"),
    /Transfer-Encoding: chunked\r\n[^]*\r\n-,chunked\r\n0\r\n/i,
  );
  assert.match(await send("POST /length", "\r\n"), /\r\n\r\n0,-$/);
  assert.match(await send("GET /length", "\r\n"), /\r\n\r\n-,-$/);
  assert.match(await exchange(port, "GET /chunks HTTP/1.0\r\n\r\n"), /\r\n\r\n-,-$/);
});

test("answers without a body keep their headers", async (t) => {
  const { url } = await startForwarder(t, (request, response) => {
    const status = Number(request.url?.slice(1));
    response.writeHead(status, status === 204 ? {} : { "content-length": "1234", etag: '"x"' });
    response.end();
  });
  for (const flag of ["--http1.1", "--http2-prior-knowledge"]) {
    const head = await curl(flag, "-I", `${url}/200`);
    assert.match(head.stdout, /content-length: 1234/i);
    const notModified = await curl(flag, "-i", `${url}/304`);
    assert.match(notModified.stdout, /^HTTP\/\S+ 304[^]*etag: "x"/i);
    assert.match((await curl(flag, "-i", `${url}/204`)).stdout, /^HTTP\/\S+ 204/);
    for (const { code } of [head, notModified]) assert.equal(code, 0);
  }
});

test("trailers pass in both directions", async (t) => {
  const { url, port } = await startForwarder(t, (request, response) => {
    response.writeHead(200, { trailer: "grpc-status" });
    request.resume().once("end", () => {
      response.addTrailers({ "grpc-status": "0", "x-request-trailer": request.trailers["x-sum"] ?? "none" });
      response.end("body");
    });
  });
  const answer = await exchange(
    port,
    "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 7\r\n\r\n",
  );
  assert.match(answer, /trailer: grpc-status\r\n/);
  assert.match(answer, /\r\n0\r\ngrpc-status: 0\r\nx-request-trailer: 7\r\n/);

  const session = connectHttp2(url);
  const stream = session.request({ ":path": "/", ":method": "POST" }, { waitForTrailers: true });
  stream.once("wantTrailers", () => stream.sendTrailers({ "x-sum": "8" }));
  const trailers = once(stream, "trailers") as Promise<[Record<string, string>]>;
  stream.end("hi");
  stream.resume();
  assert.equal((await trailers)[0]["x-request-trailer"], "8");
  session.destroy();
});

test("interim answers pass", async (t) => {
  const { url, port } = await startForwarder(t, (_request, response) => {
    response.writeProcessing();
    response.writeEarlyHints({ link: "</style.css>; rel=preload; as=style", "x-hint": "1" }, () =>
      response.end("done"),
    );
  });
  const answer = await exchange(port, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  assert.match(answer, /^HTTP\/1\.1 102 [^]*HTTP\/1\.1 103 [^]*link: <\/style\.css>[^]*x-hint: 1[^]*HTTP\/1\.1 200 /i);
  assert.match(await exchange(port, "GET / HTTP/1.0\r\n\r\n"), /^HTTP\/1\.1 200 /);
  const { stdout } = await curl("--http2-prior-knowledge", "-i", url);
  assert.match(stdout, /^HTTP\/2 102 [^]*HTTP\/2 103 [^]*HTTP\/2 200 /);
});

test("100 Continue comes from the backend, and a refusal spares the upload", async (t) => {
  const { port, backend } = await startForwarder(t, (request, response) => {
    request.resume().once("end", () => response.end("taken"));
  });
  backend.server.on("checkContinue", (request, response) => {
    if (request.url === "/refused") return response.writeHead(413).end();
    response.writeContinue();
    backend.server.emit("request", request, response);
  });
  const head = (path: string) =>
    `POST ${path} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n`;
  assert.match(await exchange(port, head("/refused")), /^HTTP\/1\.1 413 /);
  const socket = await openSocket(port);
  socket.write(head("/"));
  assert.match(await readUntil(socket, "\r\n\r\n"), /^HTTP\/1\.1 100 /);
  assert.match(await exchange(socket, "hi"), /^HTTP\/1\.1 200 [^]*taken/);
});

test("the head of a stream arrives before its first byte", async (t) => {
  const finish = Promise.withResolvers<void>();
  const { url } = await startForwarder(t, async (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    await finish.promise;
    response.end("data: x\n\n");
  });
  const answer = await answerOf(httpRequest(url).end());
  assert.equal(answer.headers["content-type"], "text/event-stream");
  finish.resolve();
  assert.equal(await readToEnd(answer), "data: x\n\n");
});

test("a megabyte-long body waits for a slow reader, in both directions", async (t) => {
  const size = 64 * 1024 * 1024;
  const chunk = Buffer.alloc(64 * 1024, "x");
  let produced = 0;
  const backendHasRequest = Promise.withResolvers<IncomingMessage>();
  const { url } = await startForwarder(t, (request, response) => {
    if (request.method === "POST") return backendHasRequest.resolve(request.pause());
    const produce = (): void => {
      while (produced < size) {
        produced += chunk.length;
        if (!response.write(chunk)) return;
      }
      response.end();
    };
    response.on("drain", produce);
    produce();
  });

  const answer = await answerOf(httpRequest(url).end());
  await untilItRests(() => produced);
  assert(produced < size / 2, `${produced} bytes were taken although nobody read`);
  let received = 0;
  for await (const part of answer) received += (part as Buffer).length;
  assert.equal(received, size);

  const upload = httpRequest(url, { method: "POST" });
  let written = 0;
  const write = (): void => {
    while (written < size) {
      written += chunk.length;
      if (!upload.write(chunk)) return;
    }
    upload.end();
  };
  upload.on("error", () => {}); // destroyed below
  upload.on("drain", write);
  write();
  const arriving = await backendHasRequest.promise;
  await untilItRests(() => written);
  assert(written < size / 2, `${written} bytes were taken although nobody read`);
  let arrived = 0;
  for await (const part of arriving) arrived += (part as Buffer).length;
  assert.equal(arrived, size);
  upload.destroy();
});

/** Waits until a counter has not moved for 20 looks at the event loop with I/O in between. */
async function untilItRests(counter: () => number): Promise<void> {
  let last = -1;
  for (let still = 0; still < 20; still += 1) {
    if (counter() !== last) still = 0;
    last = counter();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

test("ten megabytes go up and down at once", async (t) => {
  const { url } = await startForwarder(t, (request, response) => void request.pipe(response));
  for (const flag of ["--http1.1", "--http2-prior-knowledge"]) {
    const body = "0123456789abcdef".repeat(655_360);
    const { stdout, code } = await curl(flag, "-T", await fileWith(t, body), "-H", "Expect:", url);
    assert.equal(code, 0);
    assert(stdout === body);
  }
});

async function fileWith(t: TestContext, text: string): Promise<string> {
  const { mkdtemp, rm, writeFile } = await import("node:fs/promises");
  const { tmpdir } = await import("node:os");
  const { join } = await import("node:path");
  const directory = await mkdtemp(join(tmpdir(), "runpass-forward-"));
  t.after(() => rm(directory, { recursive: true }));
  const file = join(directory, "body");
  await writeFile(file, text);
  return file;
}

test("a client that goes away ends the backend's request", async (t) => {
  for (const open of [
    (url: string) => {
      const request = httpRequest(url, { method: "POST" });
      request.on("error", () => {});
      request.write("x");
      return () => request.destroy();
    },
    (url: string) => {
      const session = connectHttp2(url);
      const stream = session.request({ ":path": "/", ":method": "POST" });
      stream.on("error", () => {});
      stream.write("x");
      return () => session.destroy();
    },
  ]) {
    const arrived = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const { url, nextResult } = await startForwarder(t, (_request, response) => {
      response.once("close", () => ended.resolve());
      arrived.resolve();
    });
    const result = nextResult();
    const abort = open(url);
    await arrived.promise;
    abort();
    await ended.promise;
    assert.deepEqual(await result, { outcome: "abandoned" });
  }
});

test("a backend that breaks off is seen as broken off", async (t) => {
  const { url, nextResult } = await startForwarder(t, (request, response) => {
    if (request.url === "/length") response.setHeader("content-length", 100);
    response.write("half", () => response.destroy());
  });
  for (const path of ["/length", "/chunks"]) {
    for (const flag of ["--http1.1", "--http2-prior-knowledge"]) {
      const [{ code }, result] = await Promise.all([curl(flag, url + path), nextResult()]);
      assert.notEqual(code, 0, `${flag} ${path}`);
      assert.equal(result.outcome, "cut");
    }
  }
});

test("a backend that is not there leaves the answer to the caller, body or not", async (t) => {
  const { url, port, backend, results } = await startForwarder(t, () => {});
  await backend[Symbol.asyncDispose]();
  assert.equal((await curl("--http2-prior-knowledge", "-d", "x", url)).stdout, "no answer");
  const two =
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n" +
    "x".repeat(200_000) +
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  const answers = await exchange(port, two);
  assert.equal(answers.match(/no answer/g)?.length, 2, "the connection serves its next request");
  assert.deepEqual(new Set(results.map(({ outcome }) => outcome)), new Set(["unanswered"]));
});

test("a backend that answers early and closes does not lose its answer", async (t) => {
  const { port } = await startForwarder(t, (_request, response) => {
    response.writeHead(413, { connection: "close" }).end("too long");
  });
  const answers = await exchange(
    port,
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n" +
      "x".repeat(200_000) +
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
  );
  assert.equal(answers.match(/ 413 /g)?.length, 2);
});

test("trailers that are announced where none can be sent do no harm", async (t) => {
  const { url, backend } = await startForwarder(t, () => {});
  answerRaw(backend, "HTTP/1.1 200 OK\r\nTrailer: x-sum\r\nContent-Length: 2\r\n\r\nhi");
  assert.equal((await curl("--http1.1", url)).stdout, "hi");
  assert.equal((await curl("--http1.0", url)).stdout, "hi");
  assert.equal((await curl("--http2-prior-knowledge", url)).stdout, "hi");
  assert.match((await curl("-I", url)).stdout, /^HTTP\/1\.1 200 /);
});

/** Makes a backend answer whatever comes with these bytes and close. */
function answerRaw(backend: Backend, bytes: string): void {
  backend.server.removeAllListeners("connection");
  backend.server.on("connection", (socket) => {
    socket.once("data", () => {
      socket.write(bytes);
      socket.destroySoon();
    });
  });
}

test("an answer that is no HTTP leaves the answer to the caller", async (t) => {
  const { url, backend } = await startForwarder(t, () => {});
  for (const bytes of ["nonsense\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\nx", ""]) {
    answerRaw(backend, bytes);
    assert.equal((await curl("--http1.1", url)).stdout, "no answer", bytes);
  }
});

test("an answer that HTTP/2 cannot carry leaves the answer to the caller", async (t) => {
  const { url } = await startForwarder(t, (_request, response) => {
    response.writeHead(200, ["ETag", '"a"', "ETag", '"b"']).end();
  });
  assert.equal((await curl("--http2-prior-knowledge", url)).stdout, "no answer");
});

test("a signal ends the exchange before and after the answer began", async (t) => {
  for (const begun of [false, true]) {
    const abort = new AbortController();
    const arrived = Promise.withResolvers<void>();
    const { url, nextResult } = await startForwarder(
      t,
      (_request, response) => {
        if (begun) response.write("x");
        arrived.resolve();
      },
      { signal: abort.signal },
    );
    const request = httpRequest(url).end();
    request.on("error", () => {});
    const answer = answerOf(request);
    const result = nextResult();
    await arrived.promise;
    if (begun) (await answer).on("error", () => {});
    abort.abort(new Error("time is up"));
    const { outcome, cause } = (await result) as Extract<ForwardResult, { cause: Error }>;
    assert.deepEqual([outcome, cause.message], [begun ? "cut" : "unanswered", "time is up"]);
    if (!begun) assert.equal((await answer).statusCode, 503);
  }
});

test("connections are reused, and one that the backend closed meanwhile is no failure", async (t) => {
  const connections: import("node:net").Socket[] = [];
  const { url, port, backend } = await startForwarder(t, (_request, response) => void response.end("ok"));
  backend.server.on("connection", (socket) => connections.push(socket));
  for (let count = 0; count < 5; count += 1) await curl(url);
  assert.equal(connections.length, 1);

  // The backend resets the kept connection at the moment at which the next request arrives on it.
  const [kept] = connections;
  kept?.removeAllListeners("data");
  backend.server.removeAllListeners("request");
  let refused = 0;
  backend.server.on("request", (request, response) => {
    if (request.socket === kept) {
      refused += 1;
      request.socket.resetAndDestroy();
    } else response.end("again");
  });
  assert.match(await exchange(port, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), /again/);
  assert.equal(refused, 1);
});
