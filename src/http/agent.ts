import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Duplex } from "node:stream";
import type { ForwardAgent } from "./forward.ts";

/** What Node's agents may be told. */
export interface AgentOptions {
  /** How long a connection is kept unused. Default: as long as the server says, else for ever. */
  readonly idleTimeoutMs?: number;
}

/**
 * Keeps HTTP/1 connections to one server, which `open` opens. Both agents open them by the same function: which of them is asked
 * follows from the request's scheme.
 */
export function createAgent(open: () => Promise<Duplex>, { idleTimeoutMs }: AgentOptions = {}): ForwardAgent {
  const options = {
    keepAlive: true,
    scheduling: "lifo",
    ...(idleTimeoutMs === undefined ? {} : { timeout: idleTimeoutMs }),
  } as const;
  const http = new HttpAgent(options);
  const https = new HttpsAgent(options);
  for (const agent of [http, https]) {
    agent.createConnection = (_options, done) => {
      open().then(
        (socket) => done?.(null, socket),
        (error: unknown) => done?.(error instanceof Error ? error : new Error(String(error)), undefined as never),
      );
      return undefined;
    };
  }
  return {
    http,
    https,
    close: () => {
      http.destroy();
      https.destroy();
    },
  };
}
