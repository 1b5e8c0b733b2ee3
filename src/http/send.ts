import { request as httpRequest } from "node:http";
import type { ClientRequest, IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Answer, Fetch } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import { createAgent } from "./agent.ts";
import { createConnector } from "./connect.ts";
import { readProxies } from "./network.ts";
import type { Network } from "./network.ts";
import type { ForwardAgent } from "./forward.ts";
import { portOf, routeOf } from "./route.ts";
import type { Route } from "./route.ts";

/** Shorter than servers keep connections: one that they close meanwhile would cost a request. */
const idleTimeoutMs = 4_000;

/** What {@link createSender} needs. */
export interface SenderOptions extends Network {
  /** How long the other end may be silent; 0 for ever. Default 30,000. */
  readonly silenceMs?: number;
}

/** A `fetch` over HTTP/1.1 for texts, without redirects and retries, by connections of ours. */
export function createSender({ silenceMs = 30_000, ...options }: SenderOptions): Fetch {
  const connector = createConnector(options);
  const proxies = readProxies(options);
  const agents = new Map<string, ForwardAgent>();

  function agentFor({ to, through }: Route): ForwardAgent {
    const key = `${to.origin} ${String(through)}`;
    const agent =
      agents.get(key) ?? createAgent(async () => connector.connect(to, ["http/1.1"], through), { idleTimeoutMs });
    agents.set(key, agent);
    return agent;
  }

  return async (url, { method = "GET", headers, body, signal } = {}) => {
    if (body !== undefined && body !== null && typeof body !== "string") throw new TypeError("only texts can be sent");
    const route = routeOf(new URL(url), proxies);
    const isSecure = route.to.protocol === "https:";
    const agent = agentFor(route);
    const request = (isSecure ? httpsRequest : httpRequest)({
      host: route.to.hostname,
      port: portOf(route.to),
      path: route.path,
      method,
      headers: { accept: "*/*", "user-agent": "runpass", ...plainHeaders(headers), ...route.headers },
      agent: isSecure ? agent.https : agent.http,
      ...(signal ? { signal } : {}),
    });
    request.end(body ?? undefined);
    try {
      return toAnswer(await answerOf(request, silenceMs));
    } catch (cause) {
      signal?.throwIfAborted();
      throw cause instanceof RunpassError ? cause : new TypeError("fetch failed", { cause });
    }
  };
}

function plainHeaders(headers: RequestInit["headers"] = {}): Record<string, string> {
  return Object.fromEntries(Symbol.iterator in headers ? headers : Object.entries(headers)) as Record<string, string>;
}

function answerOf(request: ClientRequest, silenceMs: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let answer: IncomingMessage | undefined;
    request.setTimeout(silenceMs, () => {
      (answer ?? request).destroy(new Error(`nothing came for ${silenceMs / 1_000} s`));
    });
    request.on("error", reject); // once there is an answer, that tells
    request.once("response", (message) => resolve((answer = message)));
  });
}

function toAnswer(message: IncomingMessage): Answer {
  const { statusCode: status = 0 } = message;
  const text = async (): Promise<string> => {
    let whole = "";
    for await (const part of message.setEncoding("utf8")) whole += part;
    return whole;
  };
  const cancel = async (): Promise<void> => void message.destroy();
  return {
    ok: status >= 200 && status < 300,
    status,
    headers: {
      get: (name) => message.headersDistinct[name.toLowerCase()]?.join(", ") ?? null,
      has: (name) => message.headersDistinct[name.toLowerCase()] !== undefined,
    },
    body: Object.assign(message, { cancel }),
    text,
    json: async () => JSON.parse(await text()) as unknown,
  };
}
