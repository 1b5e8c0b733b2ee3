import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";
import { LoggingMessageNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { createEmulator } from "../../../src/emulator/create-emulator.ts";
import { createStreamable, createTools } from "../../support/mcp-server.ts";
import type { Handler } from "../../support/mcp-server.ts";
import { callableWorld } from "../../support/proxy.ts";
import { publishedCommand } from "../../support/published-command.ts";

/** The older HTTP with SSE, at the path /mcp for its stream. */
function createOlder(): Handler {
  const transports = new Map<string, SSEServerTransport>();
  return async (request, response) => {
    if (request.method === "GET") {
      const transport = new SSEServerTransport("/messages", response);
      transports.set(transport.sessionId, transport);
      return createTools().connect(transport);
    }
    const session = new URL(request.url ?? "", "http://a").searchParams.get("sessionId");
    const transport = transports.get(session ?? "");
    if (transport === undefined) return void response.writeHead(405).end();
    await transport.handlePostMessage(request, response);
  };
}

async function start(t: TestContext, handle: Handler, words: readonly string[] = ["--as", "invoker"]) {
  const http = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const emulator = await createEmulator(callableWorld(`http://127.0.0.1:${(http.address() as AddressInfo).port}`));
  const environment = { ...process.env, ...(await emulator.prepareEnvironment()) };
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [publishedCommand, "mcp", "my-service", ...words],
    env: Object.fromEntries(
      Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    stderr: "pipe",
  });
  const client = new Client({ name: "test", version: "1" });
  t.after(async () => {
    await client.close();
    await emulator.close();
    http.closeAllConnections();
    http.close();
  });
  return { client, transport, emulator };
}

const echo = async (client: Client, text: string): Promise<unknown> =>
  (await client.callTool({ name: "echo", arguments: { text } })).content;

test("a client on stdio works with a server of streamable HTTP, and its session may be forgotten", async (t) => {
  const streamable = createStreamable();
  const { client, transport, emulator } = await start(t, streamable.handle);
  const heard: unknown[] = [];
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void heard.push(params.data));
  await client.connect(transport);
  assert.deepEqual(
    (await client.listTools()).tools.map(({ name }) => name),
    ["echo"],
  );
  assert.deepEqual(await echo(client, "hello"), [{ type: "text", text: "hello" }]);
  assert.deepEqual(heard, ["working"]);
  const many = await Promise.all(Array.from({ length: 20 }, async (_, index) => echo(client, `${index}`)));
  assert.deepEqual(many[19], [{ type: "text", text: "19" }]);
  streamable.forget();
  assert.deepEqual(await echo(client, "again"), [{ type: "text", text: "again" }]);
  assert(emulator.trace().every(({ allowed }) => allowed));
});

test("a session that is forgotten under many calls at once is begun again once, and each call is answered", async (t) => {
  const streamable = createStreamable();
  const { client, transport } = await start(t, streamable.handle);
  let warnings = "";
  transport.stderr?.on("data", (chunk: Buffer) => (warnings += chunk.toString()));
  await client.connect(transport);
  await echo(client, "before");
  streamable.forget();
  const many = await Promise.all(Array.from({ length: 20 }, async (_, index) => echo(client, `${index}`)));
  assert.deepEqual(
    many,
    Array.from({ length: 20 }, (_, index) => [{ type: "text", text: `${index}` }]),
  );
  assert.equal(warnings.match(/begun again/g)?.length, 1);
});

test("where a session cannot be begun again at once, the next call tries anew", async (t) => {
  const streamable = createStreamable();
  let isBusy = false;
  const { client, transport } = await start(t, async (request, response) => {
    if (isBusy && request.headers["mcp-session-id"] === undefined) return void response.writeHead(503).end();
    await streamable.handle(request, response);
  });
  await client.connect(transport);
  await echo(client, "before");
  streamable.forget();
  isBusy = true;
  await assert.rejects(echo(client, "meanwhile"));
  isBusy = false;
  assert.deepEqual(await echo(client, "after"), [{ type: "text", text: "after" }]);
});

test("what the server says of its own accord reaches the client", async (t) => {
  const streamable = createStreamable();
  const { client, transport } = await start(t, streamable.handle);
  const heard = Promise.withResolvers<unknown>();
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => heard.resolve(params.data));
  await client.connect(transport);
  const timer = setInterval(() => {
    void streamable.servers[0]?.notification({
      method: "notifications/message",
      params: { level: "info", data: "unasked" },
    });
  }, 50);
  assert.equal(await heard.promise, "unasked");
  clearInterval(timer);
});

test("a server of HTTP with SSE is recognised", async (t) => {
  const { client, transport } = await start(t, createOlder());
  await client.connect(transport);
  assert.deepEqual(await echo(client, "old"), [{ type: "text", text: "old" }]);
});

test("a refusal is an error that says what to do", async (t) => {
  const { client, transport } = await start(t, createStreamable().handle, []);
  await assert.rejects(client.connect(transport), /refused the call \(403\).*runpass grant/);
});
