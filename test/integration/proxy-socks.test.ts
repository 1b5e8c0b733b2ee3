import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { after, before, test } from "node:test";
import type { TestContext } from "node:test";
import { createConnector } from "../../src/http/connect.ts";
import { createFetch } from "../../src/http/fetch.ts";
import { curl, startBackend } from "../support/loopback.ts";
import type { Backend } from "../support/loopback.ts";
import { startProxy } from "../support/proxy.ts";

/** A SOCKS 5 proxy for names, by RFC 1928 and RFC 1929: whatever the name, it leads to this machine. */
interface SocksProxy {
  readonly host: string;
  /** `user:password@host:port` of each that was let through, the first two empty where nobody asked. */
  readonly asked: string[];
}

let backend: Backend;

before(async () => {
  backend = await startBackend((request, response) => response.end(`${request.headers.host}${request.url}`));
});

after(() => backend[Symbol.asyncDispose]());

async function startSocks(t: TestContext, { secret = "", reply = 0 } = {}): Promise<SocksProxy> {
  const asked: string[] = [];
  const server: Server = createServer((socket) => void serve(socket).catch(() => socket.destroy()));
  const serve = async (socket: Socket): Promise<void> => {
    t.after(() => socket.destroy());
    const read = async (length: number): Promise<Buffer> => {
      for (;;) {
        const bytes = socket.read(length) as Buffer | null;
        if (bytes !== null) return bytes;
        await once(socket, "readable");
      }
    };
    const text = async (): Promise<string> => (await read((await read(1))[0] ?? 0)).toString();
    const [, count = 0] = await read(2);
    const method = secret === "" ? 0 : 2;
    const isOffered = (await read(count)).includes(method);
    socket.write(Buffer.from([5, isOffered ? method : 0xff]));
    let user = "";
    if (method === 2) {
      await read(1);
      user = `${await text()}:${await text()}`;
      socket.write(Buffer.from([1, user === secret ? 0 : 1]));
    }
    await read(4);
    const host = await text();
    const port = (await read(2)).readUInt16BE();
    asked.push(`${user}@${host}:${port}`);
    // It tells where it connects from, once as a name.
    const from = asked.length % 2 === 0 ? [3, 1, 97, 0, 9] : [1, 127, 0, 0, 1, 0, 9];
    socket.write(Buffer.from([5, reply, 0, ...from]));
    if (reply !== 0) return void socket.end();
    const onward = connect(port, "127.0.0.1");
    for (const end of [socket, onward]) end.on("error", () => {});
    socket.pipe(onward).pipe(socket);
  };
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => server.close());
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const environmentOf = (variables: Record<string, string>): Parameters<typeof createFetch>[0] => ({
  environment: { variables, homeDir: "/nonexistent", platform: process.platform },
});

test("a SOCKS proxy is asked as curl asks it: by name, with user and password", async (t) => {
  const { host, asked } = await startSocks(t, { secret: "me:pass word" });
  const url = `http://api.example:${backend.url.port}/path`;
  const proxy = `socks5h://me:pass%20word@${host}`;
  const byCurl = await curl("-sS", "--proxy", proxy, url);
  const fetch = createFetch(environmentOf({ HTTP_PROXY: proxy }));
  assert.equal(await (await fetch(url)).text(), byCurl.stdout);
  assert.deepEqual(
    asked,
    Array.from({ length: 2 }, () => `me:pass word@api.example:${backend.url.port}`),
  );
});

test("HTTPS_PROXY may name a SOCKS proxy, for Google's APIs and for services", async (t) => {
  const { host, asked } = await startSocks(t);
  const options = environmentOf({ HTTPS_PROXY: `socks5://${host}` });
  // What is reached there speaks no TLS: that is as far as it goes.
  await assert.rejects(createFetch(options)(`https://api.example:${backend.url.port}/`), TypeError);
  const origin = `https://service.example:${backend.url.port}`;
  await using subject = await startProxy({ origin, connector: createConnector(options) });
  assert.equal((await fetch(subject.url)).status, 502);
  assert.deepEqual(new Set(asked), new Set(["api", "service"].map((one) => `@${one}.example:${backend.url.port}`)));
});

test("what a SOCKS proxy refuses is said, without the password", async (t) => {
  const cases: readonly (readonly [options: { secret?: string; reply?: number }, says: RegExp])[] = [
    [{ reply: 2 }, /rejected connection - NotAllowed/],
    [{ secret: "you:other" }, /Authentication failed/],
  ];
  for (const [options, says] of cases) {
    const { host } = await startSocks(t, options);
    const fetch = createFetch(environmentOf({ HTTP_PROXY: `socks5://me:hunter2@${host}` }));
    await assert.rejects(fetch("http://api.example/"), ({ cause }: Error) => {
      assert.match(String(cause), says);
      assert.doesNotMatch(String(cause), /hunter2/);
      return true;
    });
  }
  const { host } = await startSocks(t, { secret: "you:other" });
  const fetch = createFetch(environmentOf({ HTTP_PROXY: `socks5://${host}` }));
  await assert.rejects(fetch("http://api.example/"), ({ cause }: Error) =>
    /no accepted authentication type/.test(String(cause)),
  );
});
