import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { createAgent } from "./agent.ts";
import type { Connector } from "./connect.ts";
import { forwardHttp2 } from "./forward-http2.ts";
import { bodyFollows } from "./forward-request.ts";
import { asError, forwardRequest, idempotent } from "./forward.ts";
import type { ForwardOptions, ForwardResult } from "./forward.ts";
import { createHttp2Sessions } from "./http2-sessions.ts";
import { forwardUpgrade } from "./upgrade.ts";
import type { UpgradeOptions, UpgradeResult } from "./upgrade.ts";

/** What {@link createUpstream} needs. */
export interface UpstreamOptions {
  /** Scheme, host and port of the server; its path, if any, is put before that of requests. */
  readonly target: URL;
  readonly connector: Connector;
  /** `alpn`: where a TLS server chooses it. `prior-knowledge`: always, in the clear. Default `alpn`. */
  readonly http2?: "alpn" | "prior-knowledge" | undefined;
}

/** A server that requests are forwarded to, over HTTP/2 or HTTP/1, with connections that are kept. */
export interface Upstream {
  /** Like `forwardRequest`. Never rejects. */
  forward(options: Omit<ForwardOptions, "agent" | "target">): Promise<ForwardResult>;
  /** Like `forwardUpgrade`: a WebSocket connection is always one of HTTP/1. Never rejects. */
  upgrade(options: Omit<UpgradeOptions, "target" | "connect">): Promise<UpgradeResult>;
  /** Asks the open HTTP/2 connections whether the server is still there; cuts those that are silent, and tells how many. */
  check(timeoutMs: number): Promise<number>;
  /** Closes every connection, those in use included. */
  close(): void;
}

/** Nothing was sent: the connection had closed, or refused the stream unread (RFC 9113 section 8.7). */
const unsentCodes: ReadonlySet<string> = new Set(["ERR_HTTP2_GOAWAY_SESSION", "ERR_HTTP2_INVALID_SESSION"]);

export function createUpstream({ target, connector, http2 = "alpn" }: UpstreamOptions): Upstream {
  const sessions = createHttp2Sessions();
  const sockets = new Set<Duplex>();
  /** A connection that the server wanted to be of HTTP/1, for the next request. */
  let spare: Duplex | undefined;
  let speaksHttp2: boolean | undefined =
    http2 === "prior-knowledge" ? true : target.protocol === "https:" ? undefined : false;
  let connecting: Promise<void> | undefined;
  const agent = createAgent(async () => {
    const socket = spare ?? (await connector.connect(target, ["http/1.1"]));
    spare = undefined;
    return socket;
  });

  /** A connection with room for another stream, or `undefined` where the server speaks HTTP/1. */
  async function findSession(): Promise<ReturnType<typeof sessions.find>> {
    for (;;) {
      if (speaksHttp2 === false) return undefined;
      const found = sessions.find();
      if (found !== undefined) return found;
      connecting ??= connect().finally(() => (connecting = undefined));
      await connecting;
    }
  }

  async function connect(): Promise<void> {
    const socket = await connector.connect(target, ["h2", "http/1.1"]);
    if (http2 === "prior-knowledge" || (socket as TLSSocket).alpnProtocol === "h2") {
      speaksHttp2 = true;
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      await sessions.add(target.origin, socket);
    } else {
      speaksHttp2 = false;
      spare = socket;
      socket.once("error", () => {}); // until a request has it
      socket.once("close", () => {
        if (spare === socket) spare = undefined;
      });
    }
  }

  async function forward(options: Omit<ForwardOptions, "agent" | "target">): Promise<ForwardResult> {
    for (let attempt = 1; ; attempt++) {
      let found: Awaited<ReturnType<typeof findSession>>;
      try {
        found = await findSession();
      } catch (error) {
        return { outcome: "unanswered", cause: asError(error) };
      }
      if (found === undefined) return forwardRequest({ ...options, target, agent });
      const result = await forwardHttp2({ ...options, target, session: found.session });
      if (result.outcome !== "unanswered" || attempt > 1 || !mayRepeat(options, found.isReused, result.cause)) {
        return result;
      }
    }
  }

  return {
    forward,
    upgrade: (options) =>
      forwardUpgrade({ ...options, target, connect: async () => connector.connect(target, ["http/1.1"]) }),
    check: (timeoutMs) => sessions.check(timeoutMs),
    close: () => {
      sessions.close();
      agent.close();
      spare?.destroy();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Whether a request that a kept connection did not answer may go out once more. */
function mayRepeat(options: Omit<ForwardOptions, "agent" | "target">, isReused: boolean, cause: Error): boolean {
  if (options.signal?.aborted === true) return false;
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code !== undefined && unsentCodes.has(code)) return true;
  if (options.body === undefined && bodyFollows(options.request)) return false;
  if (message.includes("NGHTTP2_REFUSED_STREAM")) return true;
  return isReused && idempotent.has(options.request.method ?? "");
}
