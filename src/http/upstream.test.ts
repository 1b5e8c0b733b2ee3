import assert from "node:assert/strict";
import { constants, createServer } from "node:http2";
import type { Http2Server, ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import { connect, createServer as createTcpServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { curl } from "../../test/support/loopback.ts";
import { createConnector } from "./connect.ts";
import { createLocalServer } from "./server.ts";
import { createUpstream } from "./upstream.ts";

/** A server of HTTP/2 in the clear, and one of ours that forwards to it. */
async function start(t: TestContext, onStream: (stream: ServerHttp2Stream, count: number) => void) {
  const sessions: ServerHttp2Session[] = [];
  let count = 0;
  const server: Http2Server = createServer();
  server.on("session", (session) => sessions.push(session));
  server.on("stream", (stream) => {
    stream.on("error", () => {});
    onStream(stream, ++count);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const connector = createConnector({ environment: { variables: {}, homeDir: "", platform: "linux" } });
  const relays = new Set<Socket>();
  const relay = createTcpServer((socket) => {
    const onward = connect((server.address() as AddressInfo).port, "127.0.0.1");
    for (const end of [socket, onward]) {
      relays.add(end);
      end.on("error", () => {});
    }
    socket.pipe(onward);
    onward.pipe(socket);
  });
  await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
  const target = new URL(`http://127.0.0.1:${(relay.address() as AddressInfo).port}`);
  const upstream = createUpstream({ target, connector, http2: "prior-knowledge" });
  const front = await createLocalServer({
    port: 0,
    onRequest: async (request, response) => {
      const result = await upstream.forward({ request, response, rawHeaders: request.rawHeaders });
      if (result.outcome !== "unanswered") return;
      response.statusCode = 502;
      response.end(result.cause.message);
    },
  });
  t.after(async () => {
    await front.close({ deadlineMs: 0 });
    upstream.close();
    for (const session of sessions) session.destroy();
    for (const socket of relays) socket.destroy();
    relay.close();
    server.close();
  });
  /** As if the network in between had forgotten the connections that there are. */
  const forget = (): void => {
    for (const socket of relays) socket.unpipe().resume();
  };
  return { url: front.url, upstream, sessions, count: () => count, forget };
}

test("a stream that the server refused unread is opened again", async (t) => {
  const { url, count } = await start(t, (stream, number) => {
    if (number === 1) stream.close(constants.NGHTTP2_REFUSED_STREAM);
    else stream.respond({ ":status": 200 }, { endStream: true });
  });
  assert.equal((await fetch(url, { method: "DELETE" })).status, 200);
  assert.equal(count(), 2);
});

test("a connection that the server gives up is replaced, and streams on it end in their own time", async (t) => {
  let finish: () => void = () => {};
  const { url, sessions } = await start(t, (stream, number) => {
    stream.respond({ ":status": 200 });
    stream.write("begun ");
    if (number === 1) finish = () => void stream.end("ended");
    else stream.end();
  });
  const first = await fetch(url);
  const [session] = sessions;
  const told = new Promise((resolve) => session!.once("localSettings", resolve));
  session!.goaway();
  session!.settings({ initialWindowSize: 100_000 });
  await told; // so the client has seen what was sent before
  assert.equal(await (await fetch(url)).text(), "begun ");
  assert.equal(sessions.length, 2);
  finish();
  assert.equal(await first.text(), "begun ended");
});

test("a connection whose other end is silent is given up", async (t) => {
  const { url, upstream, sessions, forget } = await start(t, (stream) =>
    stream.respond({ ":status": 204 }, { endStream: true }),
  );
  assert.equal((await fetch(url)).status, 204);
  assert.equal(await upstream.check(5_000), 0);
  forget();
  assert.equal(await upstream.check(50), 1);
  assert.equal((await fetch(url)).status, 204);
  assert.equal(sessions.length, 2);
});

test("more streams than a connection takes get another connection", async (t) => {
  const open: ServerHttp2Stream[] = [];
  const all = Promise.withResolvers<void>();
  const { url, sessions } = await start(t, (stream) => {
    stream.session?.settings({ maxConcurrentStreams: 2 });
    open.push(stream);
    if (open.length === 1) stream.respond({ ":status": 200 }, { endStream: true });
    if (open.length === 6) all.resolve();
  });
  await (await fetch(url)).text();
  const answers = Promise.all(Array.from({ length: 5 }, async () => (await fetch(url)).status));
  await all.promise;
  assert(sessions.length > 1);
  for (const stream of open.slice(1)) stream.respond({ ":status": 200 }, { endStream: true });
  assert.deepEqual(await answers, [200, 200, 200, 200, 200]);
});

test("trailers, interim answers and a Content-Length go from HTTP/2 to HTTP/1", async (t) => {
  const { url } = await start(t, (stream) => {
    stream.additionalHeaders({ ":status": 103, link: "</a.css>" });
    stream.respond({ ":status": 200, "x-own": ["1", "2"] }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "x-sum": "abc" }));
    stream.end("body");
  });
  const { stdout } = await curl("-i", "--raw", "-H", "TE: trailers", url);
  assert.match(stdout, /^HTTP\/1\.1 103 Early Hints\r\n/);
  assert.match(stdout, /HTTP\/1\.1 200 OK\r\n/);
  assert.match(stdout, /x-own: 1\r\nx-own: 2\r\n/);
  assert.match(stdout, /0\r\nx-sum: abc\r\n\r\n$/);
});
