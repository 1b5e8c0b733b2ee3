import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { createEmulator } from "../../../src/emulator/create-emulator.ts";
import { publishedCommand } from "../../support/published-command.ts";
import { callableWorld } from "../../support/proxy.ts";

// What the conformance tool calls a client, with its server's address as the last word: here the SDK's on stdio, and our bridge
// in between; its server stands behind a private service.
const server = new URL(process.argv.at(-1)!);
const emulator = await createEmulator(callableWorld(server.origin));
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
for (const { name } of (await client.listTools()).tools) await client.callTool({ name, arguments: { a: 2, b: 3 } });
await client.close();
await emulator.close();
