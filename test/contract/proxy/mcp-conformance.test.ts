import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import type { TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { buffer } from "node:stream/consumers";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import {
  CallToolRequestSchema,
  CreateMessageResultSchema,
  ElicitRequestSchema,
  ElicitResultSchema,
  ListToolsRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { createEmulator } from "../../../src/emulator/create-emulator.ts";
import { startBackend } from "../../support/loopback.ts";
import { createStreamable } from "../../support/mcp-server.ts";
import { callableWorld, startProxy } from "../../support/proxy.ts";
import { publishedCommand } from "../../support/published-command.ts";

const tool = join(import.meta.dirname, "../../../node_modules/@modelcontextprotocol/conformance/dist/index.js");

/** Runs MCP's conformance tool and returns how each scenario ended. */
async function conformance(t: TestContext, ...words: readonly string[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "runpass-"));
  t.after(() => rm(directory, { recursive: true }));
  // Ends with 1 where a scenario fails, also one that is not asked about here.
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [tool, ...words, "-o", directory]).catch(
    (error: unknown) => error as { stdout: string; stderr: string },
  );
  return stdout + stderr;
}

const text = (of: string) => ({ content: [{ type: "text" as const, text: of }] });

/** What the tool asks of a server, as far as it is about what a proxy passes on: either side speaks first, at any time. */
function createTestTools(): Server {
  const server = new Server({ name: "conformance", version: "1" }, { capabilities: { tools: {}, logging: {} } });
  const names = [
    "test_simple_text",
    "test_tool_with_logging",
    "test_tool_with_progress",
    "test_sampling",
    "test_elicitation",
  ];
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: names.map((name) => ({ name, description: name, inputSchema: { type: "object" as const } })),
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params: { name, arguments: given, _meta } }, extra) => {
    const { message = "", prompt = "" } = (given ?? {}) as Record<string, string>;
    switch (name) {
      case "test_tool_with_logging":
        for (const data of ["started", "processing", "completed"]) {
          await extra.sendNotification({ method: "notifications/message", params: { level: "info", data } });
          await wait(10);
        }
        return text("logged");
      case "test_tool_with_progress":
        for (const progress of [0, 50, 100]) {
          const progressToken = _meta?.progressToken ?? "none";
          await extra.sendNotification({
            method: "notifications/progress",
            params: { progressToken, progress, total: 100 },
          });
          await wait(10);
        }
        return text("done");
      // Asked on the stream of the request: the one for everything else may not be open yet.
      case "test_sampling": {
        const messages = [{ role: "user", content: { type: "text", text: prompt } }];
        const request = { method: "sampling/createMessage", params: { messages, maxTokens: 100 } } as const;
        return text(JSON.stringify(await extra.sendRequest(request, CreateMessageResultSchema)));
      }
      case "test_elicitation": {
        const requestedSchema = { type: "object", properties: { username: { type: "string" } } };
        const request = { method: "elicitation/create", params: { message, requestedSchema } };
        return text(JSON.stringify(await extra.sendRequest(request, ElicitResultSchema)));
      }
      default:
        return text("This is a simple text response for testing.");
    }
  });
  return server;
}

// Side by side, as the tool waits for seconds now and then.
suite("MCP's conformance tool", { concurrency: true }, () => {
  test("finds a server behind the proxy that answers, asks and tells as if it were here", async (t) => {
    const { handle } = createStreamable(createTestTools);
    const http = createServer((request, response) => void handle(request, response));
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    const subject = await startProxy({ backend: `http://127.0.0.1:${(http.address() as AddressInfo).port}` });
    t.after(async () => {
      await subject[Symbol.asyncDispose]();
      http.closeAllConnections();
      http.close();
    });
    const output = await conformance(t, "server", "--url", `${subject.url}/mcp`);
    const passed = [...output.matchAll(/^✓ ([\w-]+): [1-9]\d* passed, 0 failed/gm)].map(([, name]) => name);
    // The others ask for prompts, resources and kinds of content that this server has not: they are about servers alone.
    for (const scenario of [
      "server-initialize",
      "logging-set-level",
      "ping",
      "tools-list",
      "tools-call-simple-text",
      "tools-call-with-logging",
      "tools-call-with-progress",
      "tools-call-sampling",
      "tools-call-elicitation",
      "server-sse-multiple-streams",
      "dns-rebinding-protection",
    ]) {
      assert(passed.includes(scenario), `${scenario}:\n${output.slice(output.indexOf("=== SUMMARY"))}`);
    }
  });

  test("finds the bridge a client that calls tools, takes questions, and goes on with a stream that broke off", async (t) => {
    // What the tool starts as a client is curl, which tells us where the tool's server is.
    const told = await startBackend((request, response) => {
      buffer(request)
        .then((body) => useBridge(new URL(body.toString())))
        .then(
          () => response.end(),
          (error: unknown) => response.writeHead(500).end((error as Error).stack),
        );
    });
    t.after(() => told[Symbol.asyncDispose]());
    const client = `curl --fail-with-body --silent --show-error ${told.url.href} --data-raw`;
    await Promise.all(
      ["elicitation-sep1034-client-defaults", "sse-retry"].map(async (scenario) => {
        const output = await conformance(t, "client", "--command", client, "--scenario", scenario);
        assert.match(output, /[1-9]\d* passed, 0 failed|Passed: [1-9]/, `${scenario}: ${output.slice(-2_000)}`);
        assert.doesNotMatch(output, /FAILURE|[1-9]\d* failed/, output.slice(-2_000));
      }),
    );
  });
});

/** The SDK's client on stdio, our bridge, and at the end of it a server behind a private service. */
async function useBridge(server: URL): Promise<void> {
  const emulator = await createEmulator(callableWorld(server.origin));
  try {
    const environment = { ...process.env, ...(await emulator.prepareEnvironment()) };
    const client = new Client(
      { name: "conformance", version: "1" },
      { capabilities: { elicitation: { form: { applyDefaults: true } } } },
    );
    client.setRequestHandler(ElicitRequestSchema, () => ({ action: "accept", content: {} }));
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [publishedCommand, "mcp", `my-service${server.pathname}`, "--as", "invoker"],
        env: Object.fromEntries(
          Object.entries(environment).filter((pair): pair is [string, string] => pair[1] !== undefined),
        ),
      }),
    );
    for (const { name } of (await client.listTools()).tools) {
      await client.callTool({ name, arguments: { a: 2, b: 3 } });
    }
    await client.close();
  } finally {
    await emulator.close();
  }
}
