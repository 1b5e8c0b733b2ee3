import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createSecureServer } from "node:http2";
import { createServer } from "node:https";
import { connect } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { TestContext } from "node:test";
import { createCertificateIssuer } from "../../src/emulator/certificates/certificate-issuer.ts";
import { createConnector } from "../../src/http/connect.ts";
import type { ServerCertificate } from "../../src/http/tls.ts";
import { startProxy } from "../support/proxy.ts";
import type { ProxySubject } from "../support/proxy.ts";

let certificate: ServerCertificate;
let caFile: string;
/** In the place of the service: it tells which protocol it was asked by. */
let origin: string;
let service: Server;

before(async () => {
  const issuer = createCertificateIssuer(["localhost"]);
  certificate = issuer.issue("localhost");
  caFile = join(await mkdtemp(join(tmpdir(), "runpass-")), "ca.pem");
  await writeFile(caFile, issuer.certificate);
  service = createSecureServer({ ...certificate, allowHTTP1: true }, (request, response) =>
    response.end(`${request.httpVersion} ${request.headers[":authority"] ?? request.headers.host}`),
  );
  origin = `https://localhost:${await listen(service)}`;
});

after(async () => {
  service.close();
  await rm(join(caFile, ".."), { recursive: true });
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** A company's proxy that is itself asked by TLS, and wants to know who asks. */
async function startCompanyProxy(t: TestContext): Promise<{ readonly port: number; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer(certificate);
  server.on("connect", (request, socket) => {
    asked.push(request.url ?? "");
    const { "proxy-authorization": authorization = "" } = request.headers;
    if (Buffer.from(authorization.replace("Basic ", ""), "base64").toString() !== "me:pass word") {
      return void socket.end("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
    }
    const onward = connect(Number(request.url?.split(":")[1]), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      socket.pipe(onward).pipe(socket);
    });
    for (const end of [socket, onward]) end.on("error", () => {});
    t.after(() => onward.destroy());
  });
  t.after(() => server.close());
  return { port: await listen(server), asked };
}

async function start(t: TestContext, variables: Readonly<Record<string, string>>): Promise<ProxySubject> {
  const all = { NODE_EXTRA_CA_CERTS: caFile, ...variables };
  const connector = createConnector({ environment: { variables: all, homeDir: "/", platform: process.platform } });
  const subject = await startProxy({ origin, connector });
  t.after(() => subject[Symbol.asyncDispose]());
  return subject;
}

const answerOf = async (subject: ProxySubject): Promise<string> => (await fetch(subject.url)).text();

test("a proxy of the network that is asked by TLS leads to the service, over HTTP/2", async (t) => {
  const { port, asked } = await startCompanyProxy(t);
  const subject = await start(t, { HTTPS_PROXY: `https://me:pass%20word@localhost:${port}` });
  const { host } = new URL(origin);
  assert.equal(await answerOf(subject), `2.0 ${host}`);
  assert.equal(await answerOf(subject), `2.0 ${host}`);
  assert.deepEqual(asked, [host], "one connection for both");
});

test("NO_PROXY takes the service from it", async (t) => {
  const { port, asked } = await startCompanyProxy(t);
  for (const list of ["localhost", ".localhost", `other.example, localhost:${new URL(origin).port}`, "*"]) {
    const subject = await start(t, { HTTPS_PROXY: `https://localhost:${port}`, NO_PROXY: list });
    assert.match(await answerOf(subject), /^2\.0 /, list);
  }
  assert.deepEqual(asked, []);
});

test("a proxy that refuses, or whose certificate nobody vouches for, is a 502 that says so and keeps the password", async (t) => {
  const { port } = await startCompanyProxy(t);
  const refused = await answerOf(await start(t, { https_proxy: `https://me:hunter2@localhost:${port}` }));
  assert.match(refused, /the proxy localhost:\d+ answered 407/);
  assert.doesNotMatch(refused, /hunter2/);
  const other = join(caFile, "..", "other.pem");
  await writeFile(other, createCertificateIssuer(["localhost"]).certificate);
  const subject = await start(t, { HTTPS_PROXY: `https://me:hunter2@localhost:${port}`, NODE_EXTRA_CA_CERTS: other });
  assert.match(await answerOf(subject), /unable to verify the first certificate|self-signed certificate/);
});
