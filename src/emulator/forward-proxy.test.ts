import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, after, test } from "node:test";
import type { TestContext } from "node:test";
import { connect as connectTls } from "node:tls";
import { curl, exchange, openSocket, readToEnd, readUntil, startBackend } from "../../test/support/loopback.ts";
import { isSecure, requestAuthority } from "../http/message.ts";
import { createLocalServer } from "../http/server.ts";
import type { LocalServer, LocalServerOptions } from "../http/server.ts";
import { createCertificateAuthority, isEmulatedHost } from "./certificates/certificates.ts";
import type { CertificateAuthority } from "./certificates/certificates.ts";
import { createForwardProxy } from "./forward-proxy.ts";

let ca: CertificateAuthority;
let directory: string;
let caFile: string;
before(async () => {
  ca = createCertificateAuthority();
  directory = await mkdtemp(join(tmpdir(), "runpass-proxy-"));
  caFile = join(directory, "ca.pem");
  await writeFile(caFile, ca.certificate);
});
after(() => rm(directory, { recursive: true }));

/** A forward proxy that answers for Google's hosts with what it was asked. */
async function startProxy(
  t: TestContext,
  passthrough = false,
  options: Partial<LocalServerOptions> = {},
): Promise<LocalServer> {
  const proxy = createForwardProxy({
    isKnownHost: (host) => isEmulatedHost(host) || host === "metadata.google.internal",
    passthrough,
    server: () => server,
    onRequest: async (request, response) => {
      let length = 0;
      for await (const chunk of request) length += (chunk as Buffer).length;
      const scheme = isSecure(request) ? "https" : "http";
      const hosts = request.rawHeaders.filter((name, index) => index % 2 === 0 && /^host$/i.test(name)).length;
      response.setHeader("x-proxy-fields", request.rawHeaders.filter((name) => /^proxy-/i.test(name)).length);
      response.end(
        `${request.httpVersion} ${request.method} ${scheme}://${requestAuthority(request)}${request.url} ${length} ${hosts}`,
      );
    },
    onUpgrade: (request, socket) => void socket.end(`HTTP/1.1 101 x\r\n\r\n${request.headers.host}${request.url}`),
  });
  const { onRequest, onUpgrade, onConnect } = proxy;
  const server: LocalServer = await createLocalServer({
    ...{ port: 0, onRequest, onUpgrade, onConnect, certificateFor: ca.certificateFor },
    ...options,
  });
  t.after(async () => {
    proxy.close();
    await server.close({ deadlineMs: 0 });
  });
  return server;
}

const through = (server: LocalServer, ...args: string[]) => curl("--proxy", server.url, "--cacert", caFile, ...args);

/** A tunnel to a host, opened and empty. */
async function openTunnel(server: LocalServer, authority: string): Promise<Socket> {
  const socket = await openSocket(server.port);
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
  assert.match(await readUntil(socket, "\r\n\r\n"), /^HTTP\/1\.1 200 /);
  return socket;
}

test("curl reaches Google's own addresses, over HTTP/2 and HTTP/1.1", async (t) => {
  const server = await startProxy(t);
  const url = "https://iam.googleapis.com/v1/x?y";
  assert.equal((await through(server, url)).stdout, "2.0 GET https://iam.googleapis.com/v1/x?y 0 0");
  assert.equal(
    (await through(server, "--http1.1", "-d", "hi", url)).stdout,
    "1.1 POST https://iam.googleapis.com/v1/x?y 2 1",
  );
  assert.equal((await through(server, "--http1.0", url)).stdout, "1.0 GET https://iam.googleapis.com/v1/x?y 0 1");
  assert.equal((await through(server, "--no-alpn", url)).stdout, "1.1 GET https://iam.googleapis.com/v1/x?y 0 1");
  assert.equal((await through(server, "--tlsv1.2", "--tls-max", "1.2", url)).code, 0);
});

test("a client that does not know the CA refuses the connection", async (t) => {
  const server = await startProxy(t);
  assert.equal((await curl("--proxy", server.url, "https://iam.googleapis.com/")).code, 60);
});

test("several requests go through one tunnel", async (t) => {
  const server = await startProxy(t);
  const url = "https://my-service-123456789012.us-central1.run.app/";
  for (const flag of ["--http1.1", "--http2"]) {
    const { stdout } = await through(
      server,
      flag,
      "-o",
      "/dev/null",
      "-o",
      "/dev/null",
      "-w",
      "%{num_connects} ",
      url,
      url,
    );
    assert.equal(stdout, "1 0 ", flag);
  }
});

test("a client that names no host in TLS gets the certificate of the host it tunnels to", async (t) => {
  const server = await startProxy(t);
  const socket = await openTunnel(server, "run.googleapis.com:443");
  const request = httpsRequest({
    host: "run.googleapis.com",
    path: "/v1",
    headers: { host: "run.googleapis.com" },
    createConnection: () => connectTls({ socket, ca: ca.certificate, host: "run.googleapis.com", servername: "" }),
  });
  request.end();
  const [answer] = (await once(request, "response")) as [NodeJS.ReadableStream];
  assert.equal(await readToEnd(answer), "1.1 GET https://run.googleapis.com/v1 0 1");
});

test("the name in TLS decides the certificate, not the one of the tunnel", async (t) => {
  const server = await startProxy(t);
  const socket = connectTls({
    ...{
      socket: await openTunnel(server, "run.googleapis.com:443"),
      ca: ca.certificate,
      servername: "iam.googleapis.com",
    },
  });
  await once(socket, "secureConnect");
  assert.equal(socket.getPeerX509Certificate()?.subjectAltName, "DNS:iam.googleapis.com");
  socket.destroy();
});

test("a name in TLS that is not emulated gets no certificate of its own", async (t) => {
  const server = await startProxy(t);
  const socket = connectTls({
    ...{ socket: await openTunnel(server, "run.googleapis.com:443"), ca: ca.certificate, servername: "evil.example" },
  });
  const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
  assert.equal(error.code, "ERR_TLS_CERT_ALTNAME_INVALID");
});

test("a ClientHello that comes together with the CONNECT is not lost", async (t) => {
  const server = await startProxy(t);
  const socket = await openSocket(server.port);
  const request = "GET /x HTTP/1.1\r\nHost: metadata.google.internal\r\nConnection: close\r\n\r\n";
  const answer = await exchange(socket, `CONNECT metadata.google.internal:80 HTTP/1.1\r\nHost: x\r\n\r\n${request}`);
  assert.match(answer, /^HTTP\/1\.1 200 Conn[^]*1\.1 GET http:\/\/metadata\.google\.internal\/x/);
});

test("plain HTTP to a known host is served, asked for in absolute form or through a tunnel", async (t) => {
  const server = await startProxy(t);
  const url = "http://metadata.google.internal/computeMetadata/v1";
  const expected = `1.1 GET ${url} 0 1`;
  const direct = await through(server, "-i", "--proxy-user", "a:b", url);
  assert.match(direct.stdout, /x-proxy-fields: 0/);
  assert(direct.stdout.endsWith(expected));
  assert.equal((await through(server, "--proxytunnel", url)).stdout, expected);
});

test("absolute form: the target decides, whatever Host says, and https is remembered", async (t) => {
  const server = await startProxy(t);
  const ask = (target: string) =>
    exchange(server.port, `GET ${target} HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n`);
  assert.match(await ask("https://run.googleapis.com/v1?x"), /1\.1 GET https:\/\/run\.googleapis\.com\/v1\?x 0 1/);
  assert.match(await ask("HTTP://RUN.googleapis.com?x"), /1\.1 GET http:\/\/run\.googleapis\.com\/\?x 0 1/);
  for (const target of [
    "ftp://run.googleapis.com/",
    "http://",
    "http://u:p@run.googleapis.com/",
    "run.googleapis.com:443",
    "http:///x",
  ]) {
    assert.match(await ask(target), /^HTTP\/1\.1 400 /, target);
  }
});

test("WebSocket handshakes reach known hosts both ways", async (t) => {
  const server = await startProxy(t);
  const rest = "HTTP/1.1\r\nHost: a.run.app\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
  assert.match(await exchange(server.port, `GET http://a.run.app/ws ${rest}`), /101[^]*a\.run\.app\/ws$/);
  assert.match(await exchange(server.port, `GET ws://a.run.app/ws ${rest}`), /101[^]*a\.run\.app\/ws$/);
  assert.match(await exchange(server.port, `GET http://evil.example/ ${rest}`), /^HTTP\/1\.1 502 /);
  assert.match(await exchange(await openTunnel(server, "a.run.app:80"), `GET /ws ${rest}`), /101[^]*a\.run\.app\/ws$/);
});

test("every other host is refused by name, with a way to go on", async (t) => {
  const server = await startProxy(t);
  await using backend = await startBackend((_request, response) => void response.end("reached"));
  const { host } = backend.url;
  for (const authority of [
    "evil.example:443",
    "evil.example:80",
    "iam.googleapis.com:8443",
    host,
    "10.0.0.1:443",
    "[::1]:1",
    "169.254.169.254:443",
    `evil.example:${server.port}`,
  ]) {
    const answer = await exchange(server.port, `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
    const name = authority.replace(/:\d+$/, "").replace(/[[\]]/g, "");
    assert(answer.startsWith(`HTTP/1.1 502 ${name} is not emulated (see --passthrough)\r\n`), answer);
    assert.match(answer, /--passthrough, or put/);
    const plain = await exchange(
      server.port,
      `GET http://${authority}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    assert(plain.startsWith("HTTP/1.1 502 ") && plain.includes(`${name} is not emulated`), plain);
  }
  for (const authority of ["evil.example", ":443", "a b:443", "evil.example:0", "<script>:443"]) {
    const answer = await exchange(server.port, `CONNECT ${authority} HTTP/1.1\r\nHost: x\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 400 /, authority);
  }
});

test("a CONNECT inside a tunnel is refused, encrypted or not", async (t) => {
  const server = await startProxy(t);
  const connect = "CONNECT iam.googleapis.com:443 HTTP/1.1\r\nHost: x\r\n\r\n";
  assert.match(await exchange(await openTunnel(server, "iam.googleapis.com:80"), connect), /^HTTP\/1\.1 405 /);
  const socket = connectTls({
    socket: await openTunnel(server, "iam.googleapis.com:443"),
    ca: ca.certificate,
    servername: "iam.googleapis.com",
  });
  socket.write(connect);
  assert.match(await readToEnd(socket), /^HTTP\/1\.1 405 /);
});

test("requests to the proxy's own address are answered, not sent round", async (t) => {
  for (const passthrough of [false, true]) {
    const server = await startProxy(t, passthrough);
    const host = `my-service.localhost:${server.port}`;
    assert.equal((await through(server, "--noproxy", "x", `http://${host}/a`)).stdout, `1.1 GET http://${host}/a 0 1`);
    assert.equal(
      (await through(server, "--noproxy", "x", "-p", `${server.url}/a`)).stdout,
      `1.1 GET ${server.url}/a 0 1`,
    );
  }
});

test("headers that do not end and handshakes that do not are given up in tunnels too", async (t) => {
  const server = await startProxy(t, false, { headersTimeoutMs: 100 });
  assert.equal(await exchange(await openTunnel(server, "iam.googleapis.com:443"), ""), "");
  assert.equal(await exchange(await openTunnel(server, "iam.googleapis.com:443"), "\u0016\u0003\u0001"), "");
  assert.match(
    await exchange(await openTunnel(server, "iam.googleapis.com:80"), "GET / HTTP/1.1\r\n"),
    /^HTTP\/1\.1 408 /,
  );
  const socket = connectTls({
    socket: await openTunnel(server, "iam.googleapis.com:443"),
    ca: ca.certificate,
    servername: "iam.googleapis.com",
  });
  socket.write("GET / HTTP/1.1\r\n");
  assert.match(await readToEnd(socket), /^HTTP\/1\.1 408 /);
});

test("closing ends open tunnels and handshakes", async (t) => {
  const server = await startProxy(t);
  const idle = readToEnd(await openTunnel(server, "iam.googleapis.com:443"));
  const secure = connectTls({
    socket: await openTunnel(server, "iam.googleapis.com:443"),
    ca: ca.certificate,
    servername: "iam.googleapis.com",
    ALPNProtocols: ["h2"],
  });
  await once(secure, "secureConnect");
  const ended = readToEnd(secure);
  await server.close({ deadlineMs: 1_000 });
  assert.equal(await idle, "");
  await ended;
});

test("with passthrough other hosts are reached: raw tunnels, plain HTTP, WebSocket", async (t) => {
  const server = await startProxy(t, true);
  await using backend = await startBackend((request, response) => void response.end(`reached ${request.headers.host}`));
  backend.server.on("upgrade", (_request, socket) => {
    socket.end("HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nupgraded");
  });
  const { host, href } = backend.url;
  assert.equal((await through(server, href)).stdout, `reached ${host}`);
  assert.equal((await through(server, "--proxytunnel", href)).stdout, `reached ${host}`);
  const handshake = `GET ${href} HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n`;
  assert.match(await exchange(server.port, handshake), /101[^]*upgraded$/);

  const echo = createServer((socket) => socket.pipe(socket));
  await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
  t.after(() => echo.close());
  const tunnel = await openTunnel(server, `127.0.0.1:${(echo.address() as AddressInfo).port}`);
  const back = readToEnd(tunnel);
  tunnel.end("neither HTTP nor TLS");
  assert.equal(await back, "neither HTTP nor TLS");
});

test("with passthrough a host that is not there is a 502", async (t) => {
  const server = await startProxy(t, true);
  const backend = await startBackend(() => {});
  await backend[Symbol.asyncDispose]();
  const { host, href } = backend.url;
  assert.match(
    await exchange(server.port, `CONNECT ${host} HTTP/1.1\r\nHost: x\r\n\r\n`),
    /^HTTP\/1\.1 502 [^]*ECONNREFUSED/,
  );
  assert.equal((await through(server, "-o", "/dev/null", "-w", "%{http_code}", href)).stdout, "502");
});

test("a client that goes away while its tunnel is being opened does no harm", async (t) => {
  const server = await startProxy(t, true);
  const socket = await openSocket(server.port);
  socket.write("CONNECT 192.0.2.1:443 HTTP/1.1\r\nHost: x\r\n\r\n");
  socket.resetAndDestroy();
  const request = httpRequest(`${server.url}/still`).end();
  const [answer] = (await once(request, "response")) as [NodeJS.ReadableStream];
  assert.match(await readToEnd(answer), /still/);
});
