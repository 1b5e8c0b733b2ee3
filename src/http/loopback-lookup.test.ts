import assert from "node:assert/strict";
import { lookup } from "node:dns/promises";
import type { LookupAddress } from "node:dns";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { createConnector } from "./connect.ts";
import { createFetch } from "./fetch.ts";
import { lookupWithLoopback } from "./loopback-lookup.ts";

function find(name: string, family: 0 | 4 | 6 = 0): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    lookupWithLoopback(name, { all: true, family }, (error, addresses) =>
      error ? reject(error) : resolve(addresses as LookupAddress[]),
    );
  });
}

test("names under localhost are this machine's, whatever the system knows of them", async () => {
  for (const name of ["localhost", "web.localhost", "TAG---web.LocalHost", "web.localhost."]) {
    assert.deepEqual(
      (await find(name)).map(({ address }) => address),
      ["127.0.0.1", "::1"],
    );
  }
  assert.deepEqual(await find("web.localhost", 6), [{ address: "::1", family: 6 }]);
  const one = await new Promise((resolve) => {
    lookupWithLoopback("web.localhost", { all: false }, (_error, address, family) => resolve([address, family]));
  });
  assert.deepEqual(one, ["127.0.0.1", 4]);
});

test("other names are the system's to find", async () => {
  assert.deepEqual(await find("127.0.0.2"), [await lookup("127.0.0.2")]);
});

test("requests and connections to them come to this machine", async () => {
  await using server = createServer((_request, response) => response.end("hello"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://web.localhost:${(server.address() as AddressInfo).port}/`;
  const environment = { variables: {}, homeDir: "/nonexistent", platform: process.platform };
  assert.equal(await (await createFetch({ environment })(url)).text(), "hello");
  const socket = await createConnector({ environment }).connect(new URL(url), ["http/1.1"]);
  assert.equal(socket.remoteAddress, "127.0.0.1");
  socket.destroy();
});
