import type { Answer, Fetch } from "../core/context.ts";

/** What {@link createMcpSession} needs. */
export interface McpSessionOptions {
  /** The endpoint, as a proxy serves it. */
  readonly url: URL;
  /** Without a limit of time: tools may take theirs. */
  readonly fetch: Fetch;
  /** Sent with each request: the proxy's local secret. */
  readonly headers: Readonly<Record<string, string>>;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
}

/** The requests of one session with a streamable HTTP endpoint. Source: MCP specification 2025-11-25, "Session Management". */
export interface McpSession {
  /** What the server has called it. */
  readonly id: string | undefined;
  /** Sends a message. @param to Default: the endpoint. */
  post(message: string, to?: URL): Promise<Answer>;
  /** Asks for the stream of what the server says, or for the rest of one after an event. */
  open(lastEventId?: string): Promise<Answer>;
  /** The version of the protocol that was agreed on: sent with each request from now on. */
  agree(version: string): void;
  /** Begins another in its place, by the client's first message. Where the server does not take that, it stays as it was. */
  beginAgain(initialize: string): Promise<Answer>;
  /** Tells the server, which need not take it. */
  end(): Promise<void>;
}

export function createMcpSession({ url, fetch, headers, signal }: McpSessionOptions): McpSession {
  let id: string | undefined;
  let version: string | undefined;

  function send(
    method: "GET" | "POST" | "DELETE",
    to: URL,
    more: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<Answer> {
    return fetch(to.href, {
      method,
      ...(method === "DELETE" ? {} : { signal }),
      ...(body === undefined ? {} : { body }),
      headers: {
        ...headers,
        ...(version === undefined ? {} : { "mcp-protocol-version": version }),
        ...more,
      },
    });
  }

  const ofSession = (): Readonly<Record<string, string>> => (id === undefined ? {} : { "mcp-session-id": id });

  async function post(message: string, to: URL, of: Readonly<Record<string, string>>): Promise<Answer> {
    const accept = "application/json, text/event-stream";
    const response = await send("POST", to, { ...of, accept, "content-type": "application/json" }, message);
    if (response.ok) id = response.headers.get("mcp-session-id") ?? id;
    return response;
  }

  return {
    get id() {
      return id;
    },
    post: (message, to = url) => post(message, to, ofSession()),
    beginAgain: (initialize) => post(initialize, url, {}),
    open: (lastEventId) => {
      const from = lastEventId === undefined ? {} : { "last-event-id": lastEventId };
      return send("GET", url, { ...ofSession(), accept: "text/event-stream", ...from });
    },
    agree: (agreed) => {
      version = agreed;
    },
    end: async () => {
      if (id !== undefined) await send("DELETE", url, ofSession()).catch(() => {});
    },
  };
}
