import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createSecureServer } from "node:http2";
import { createServer, isIPv6 } from "node:net";
import type { AddressInfo, LookupFunction, Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { TestContext } from "node:test";
import { createCertificateIssuer } from "../../src/emulator/certificates/certificate-issuer.ts";
import { createConnector } from "../../src/http/connect.ts";
import { noticeMoves } from "../../src/http/notice-moves.ts";
import type { Move } from "../../src/http/notice-moves.ts";
import type { ServerCertificate } from "../../src/http/tls.ts";
import { formatEvent } from "../../src/proxy/format-event.ts";
import { startProxy } from "../support/proxy.ts";

const host = "service.example";
const first = "127.0.0.1";
let certificate: ServerCertificate;
let caFile: string;
/** Another address of this machine: macOS has but one of IPv4. */
let second: string | undefined;

before(async () => {
  const issuer = createCertificateIssuer([host]);
  certificate = issuer.issue(host);
  caFile = join(await mkdtemp(join(tmpdir(), "runpass-")), "ca.pem");
  await writeFile(caFile, issuer.certificate);
  for (const address of ["::1", "127.0.0.2"]) if (await canListenOn(address)) second = address;
});

after(() => rm(join(caFile, ".."), { recursive: true }));

async function canListenOn(address: string): Promise<boolean> {
  const server = createServer().listen(0, address);
  try {
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

type End = "closes" | "resets";

/** The service at one of its addresses, which is what it answers. */
async function serveAt(
  t: TestContext,
  address: string,
  protocol: "h2" | "http/1.1",
  port = 0,
): Promise<{ readonly port: number; end(how: End): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server: Server = createSecureServer(
    { ...certificate, allowHTTP1: protocol !== "h2", ALPNProtocols: [protocol] },
    (_request, response) => response.end(address),
  );
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await once(server.listen(port, address), "listening");
  const end = async (how: End): Promise<void> => {
    server.close();
    const closed = [...sockets].map((socket) => once(socket, "close"));
    for (const socket of sockets) {
      if (how === "resets") socket.resetAndDestroy();
      else socket.destroy();
    }
    await Promise.all(closed);
  };
  t.after(() => end("closes"));
  return { port: (server.address() as AddressInfo).port, end };
}

for (const protocol of ["h2", "http/1.1"] as const) {
  for (const how of ["closes", "resets"] as const) {
    test(`a service whose name moves while its server ${how} its connections (${protocol}) is found again, and that is said`, async (t) => {
      if (second === undefined) return t.skip("this machine has one address alone");
      let address = first;
      let lookups = 0;
      const lookup: LookupFunction = (_host, { all }, callback) => {
        lookups += 1;
        const family = isIPv6(address) ? 6 : 4;
        if (all) callback(null, [{ address, family }]);
        else callback(null, address, family);
      };
      const moves: Move[] = [];
      const connector = createConnector({
        environment: { variables: { NODE_EXTRA_CA_CERTS: caFile }, homeDir: "/", platform: process.platform },
        lookup: noticeMoves(lookup, (move) => moves.push(move)),
      });
      const old = await serveAt(t, first, protocol);
      await using subject = await startProxy({ origin: `https://${host}:${old.port}`, connector });
      const ask = async (): Promise<string> => {
        const answer = await fetch(subject.url);
        return answer.ok ? answer.text() : `${answer.status}`;
      };
      assert.equal(await ask(), first);
      await serveAt(t, second, protocol, old.port);
      address = second;
      assert.equal(await ask(), first, "the connection that is there serves on");
      assert.deepEqual([lookups, moves], [1, []]);
      await old.end(how);
      assert.equal(await ask(), second);
      assert.equal(await ask(), second);
      assert.equal(lookups, 2);
      const move = { host, from: [first], to: [second] };
      assert.deepEqual(moves, [move]);
      assert.match(
        formatEvent({ type: "moved", ...move }) ?? "",
        /^service\.example is at \S+ now, and was at 127\.0\.0\.1/,
      );
    });
  }
}

test("while a name leads nowhere the answer is a 502 that says so, and once it leads somewhere again requests go there", async (t) => {
  if (second === undefined) return t.skip("this machine has one address alone");
  let address: string | undefined = first;
  const lookup: LookupFunction = (name, { all }, callback) => {
    if (address === undefined)
      callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: "ENOTFOUND" }), "");
    else callback(null, all ? [{ address, family: isIPv6(address) ? 6 : 4 }] : address, isIPv6(address) ? 6 : 4);
  };
  const environment = { variables: { NODE_EXTRA_CA_CERTS: caFile }, homeDir: "/", platform: process.platform };
  const old = await serveAt(t, first, "h2");
  const connector = createConnector({ environment, lookup });
  await using subject = await startProxy({ origin: `https://${host}:${old.port}`, connector });
  assert.equal(await (await fetch(subject.url)).text(), first);
  await old.end("closes");
  address = undefined;
  const answer = await fetch(subject.url);
  assert.equal(answer.status, 502);
  assert.match(await answer.text(), /ENOTFOUND service\.example/);
  await serveAt(t, second, "h2", old.port);
  address = second;
  assert.equal(await (await fetch(subject.url)).text(), second);
});
