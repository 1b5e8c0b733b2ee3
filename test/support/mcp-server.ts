import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";

/** A server with one tool, which says something by the way before it answers. */
export function createTools(): Server {
  const server = new Server({ name: "tools", version: "1" }, { capabilities: { tools: {}, logging: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: [{ name: "echo", inputSchema: { type: "object" } }],
  }));
  server.setRequestHandler(CallToolRequestSchema, async (request, extra) => {
    await extra.sendNotification({ method: "notifications/message", params: { level: "info", data: "working" } });
    return { content: [{ type: "text", text: String(request.params.arguments?.["text"]) }] };
  });
  return server;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Streamable HTTP; `forget` loses all sessions. */
export function createStreamable(makeServer: () => Server = createTools): {
  handle: Handler;
  forget(): void;
  readonly servers: Server[];
} {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const servers: Server[] = [];
  return {
    servers,
    forget: () => sessions.clear(),
    handle: async (request, response) => {
      const id = request.headers["mcp-session-id"];
      let transport = typeof id === "string" ? sessions.get(id) : undefined;
      if (transport === undefined && id !== undefined) return void response.writeHead(404).end();
      if (transport === undefined) {
        const created = new StreamableHTTPServerTransport({
          sessionIdGenerator: randomUUID,
          onsessioninitialized: (session) => void sessions.set(session, created),
        });
        const server = makeServer();
        servers.push(server);
        await server.connect(created);
        transport = created;
      }
      await transport.handleRequest(request, response);
    },
  };
}
