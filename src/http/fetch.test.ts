import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { RunpassError } from "../core/errors.ts";
import { createFetch } from "./fetch.ts";
import type { NetworkOptions } from "./network.ts";

async function serve(t: TestContext, answer: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

const fetchWith = (variables: Record<string, string>, options: NetworkOptions = {}): ReturnType<typeof createFetch> =>
  createFetch({ environment: { variables, homeDir: "/nonexistent", platform: "linux" }, ...options });

const answerTarget = ({ url }: IncomingMessage, response: ServerResponse): void => void response.end(url);

test("requests go by the proxy that the environment names, else by the one given, in either case of letters", async (t) => {
  const { url: proxy } = await serve(t, answerTarget);
  const target = "http://api.invalid/path";
  for (const fetch of [
    fetchWith({ HTTP_PROXY: proxy }),
    fetchWith({ http_proxy: proxy, HTTP_PROXY: "http://127.0.0.1:1" }),
    fetchWith({ http_proxy: "", HTTP_PROXY: proxy.slice("http://".length) }),
    fetchWith({}, { proxyUrl: proxy }),
    fetchWith({ http_proxy: proxy }, { proxyUrl: "http://127.0.0.1:1" }),
  ]) {
    assert.equal(await (await fetch(target)).text(), target);
  }
});

test("NO_PROXY keeps hosts from the proxy", async (t) => {
  const { url } = await serve(t, answerTarget);
  const fetch = fetchWith({ http_proxy: "http://127.0.0.1:1", no_proxy: "localhost,127.0.0.1" });
  assert.equal(await (await fetch(`${url}/direct`)).text(), "/direct");
});

test("https goes through a tunnel, and the tunnel's name is the host's", async (t) => {
  const { url, server } = await serve(t, answerTarget);
  const asked: (string | undefined)[] = [];
  server.on("connect", (request: IncomingMessage, socket) => {
    asked.push(request.url);
    socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
  });
  await assert.rejects(fetchWith({ HTTPS_PROXY: url })("https://api.invalid/"), { message: "fetch failed" });
  assert.deepEqual(asked, ["api.invalid:443"]);
});

test("a redirect is not followed: it would carry tokens along", async (t) => {
  let requests = 0;
  const { url } = await serve(t, (_request, response) => {
    requests++;
    response.writeHead(307, { location: "/elsewhere" }).end();
  });
  const response = await fetchWith({})(url, { method: "POST", body: "secret", redirect: "follow" });
  assert.equal(response.status, 307);
  assert.equal(requests, 1);
});

test("a passing failure is tried again over real HTTP", async (t) => {
  let requests = 0;
  const { url } = await serve(t, (request, response) => {
    requests++;
    if (requests === 1) request.socket.destroy();
    else response.writeHead(requests === 2 ? 503 : 200).end("{}");
  });
  assert.equal((await fetchWith({})(`${url}/token`, { method: "POST", body: "a=b" })).status, 200);
  assert.equal(requests, 3);
});

test("an abort ends the request", async (t) => {
  const controller = new AbortController();
  const { url } = await serve(t, () => controller.abort(new Error("enough")));
  await assert.rejects(fetchWith({})(url, { signal: controller.signal }), /enough/);
});

test("a proxy that is none and a missing file of CAs are named, and a proxy's password is not", async () => {
  await assert.rejects(fetchWith({ HTTPS_PROXY: "ftp://user:hunter2@proxy" })("https://api.invalid/"), (error) => {
    assert.ok(error instanceof RunpassError);
    assert.match(error.message, /^HTTPS_PROXY is no URL/);
    assert.doesNotMatch(JSON.stringify(error) + error.message, /hunter2/);
    return true;
  });
  const missing = fetchWith({}, { caFile: "/nonexistent/ca.pem" });
  await assert.rejects(missing("https://api.invalid/"), { code: "invalid_argument", why: "ENOENT" });
});

test("a file of CAs without any is named", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "runpass-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "ca.pem");
  writeFileSync(file, "no certificate");
  await assert.rejects(fetchWith({ NODE_EXTRA_CA_CERTS: file })("https://api.invalid/"), (error: RunpassError) => {
    assert.equal(error.code, "invalid_argument");
    assert.ok(error.message.includes(file));
    return true;
  });
});
