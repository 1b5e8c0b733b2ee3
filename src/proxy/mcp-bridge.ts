import { setTimeout as wait } from "node:timers/promises";
import type { Answer } from "../core/context.ts";
import { readEventStream } from "./event-stream.ts";
import type { ServerSentEvent } from "./event-stream.ts";
import { createMcpSession } from "./mcp-session.ts";
import type { McpSessionOptions } from "./mcp-session.ts";

/** What {@link runMcpBridge} needs. */
export interface McpBridgeOptions extends Omit<McpSessionOptions, "signal"> {
  /** Messages of the client, one a line: MCP, "stdio". */
  readonly input: AsyncIterable<string>;
  /** Takes a message for the client, without its line's end. */
  write(message: string): void;
  /** A line for a person. */
  warn(text: string): void;
}

/** JSON-RPC 2.0, as far as a bridge looks into it. */
interface Message {
  readonly id?: string | number | null;
  readonly method?: string;
  readonly result?: { readonly protocolVersion?: unknown };
}

/** JSON-RPC's range for errors of an implementation's own. */
const bridgeError = -32_000;

/** How long to wait before a stream that broke is opened again. */
const reopenMs = 1_000;

/**
 * Passes messages between a client on stdio and a server's streamable HTTP endpoint, until the client ends. A server of the older
 * kind (HTTP with SSE) is recognised by its refusal of the first message. Sources: MCP specification 2025-11-25, "Transports";
 * 2024-11-05 for the older kind.
 */
export async function runMcpBridge(options: McpBridgeOptions): Promise<void> {
  const { url, input, write, warn } = options;
  const ending = new AbortController();
  const { signal } = ending;
  const session = createMcpSession({ ...options, signal });
  const underWay = new Set<Promise<void>>();
  let initialize: string | undefined;
  /** Where the older kind of server takes messages. */
  let messagesUrl: URL | undefined;
  let isListening = false;
  /** Under way where the server has forgotten the session. */
  let beginning: Promise<boolean> | undefined;

  for await (const line of input) {
    if (line.trim() === "") continue;
    const message = parse(line);
    if (message?.method === "initialize") {
      initialize = line;
      await deliver(line, message); // the session's id is needed for whatever comes next
      continue;
    }
    const delivery = deliver(line, message).finally(() => underWay.delete(delivery));
    underWay.add(delivery);
    if (message?.method === "notifications/initialized") {
      await delivery;
      if (messagesUrl === undefined) void listen();
    }
  }
  await Promise.race([Promise.allSettled(underWay), wait(2_000)]);
  ending.abort();
  await session.end();

  /** Sends a message and passes on what comes back. What goes wrong is told as the answer, where one is waited for. */
  async function deliver(line: string, message: Message | undefined): Promise<void> {
    try {
      await post(line, message, true);
    } catch (error) {
      if (!signal.aborted) answerError(message, error instanceof Error ? error.message : String(error));
    }
  }

  async function post(line: string, message: Message | undefined, mayBegin: boolean): Promise<void> {
    await beginning;
    const { id } = session;
    const response = await session.post(line, messagesUrl);
    if (response.ok) return passOn(response, message?.method === undefined ? undefined : message.id);
    const text = await response.text();
    const isInitialize = message?.method === "initialize";
    const isOurs = response.headers.has("x-runpass-proxy");
    if (isInitialize && messagesUrl === undefined && !isOurs && [400, 404, 405].includes(response.status)) {
      if (await openOlder()) return post(line, message, false);
    }
    // The server has forgotten the session: it is begun again, and the client need not know.
    if (response.status === 404 && id !== undefined && mayBegin && !isInitialize && (await isBegunAgain(id))) {
      return post(line, message, false);
    }
    throw new Error(describeFailure(response.status, text));
  }

  /** Once, however many messages have met a server that knows nothing of the session any more. */
  async function isBegunAgain(forgotten: string): Promise<boolean> {
    if (beginning === undefined && session.id !== forgotten) return true;
    beginning ??= beginAgain().finally(() => (beginning = undefined));
    return beginning;
  }

  async function beginAgain(): Promise<boolean> {
    if (initialize === undefined) return false;
    const response = await session.beginAgain(initialize);
    await response.text();
    if (!response.ok) return false;
    await (await session.post('{"jsonrpc":"2.0","method":"notifications/initialized"}')).text();
    warn("the server had forgotten the session; it was begun again");
    return true;
  }

  /** @param id of the request that is answered, where it is one. */
  async function passOn(response: Answer, id: Message["id"]): Promise<void> {
    if (response.body === null || response.status === 202) return void (await response.text());
    if (isEventStream(response)) return followStream(response, id);
    const text = await response.text();
    if (text.trim() !== "") receive(text);
  }

  /**
   * Reads a request's stream to its answer. One that ends before may be gone on with from the last event that it named: MCP
   * specification, "Resumability and Redelivery".
   */
  async function followStream(first: Answer, id: Message["id"]): Promise<void> {
    let isAnswered = id === undefined || id === null;
    let lastId: string | undefined;
    let waitMs = reopenMs;
    for (let response = first; ;) {
      const events = eventsOf(response);
      if (events === undefined) throw new Error(describeFailure(response.status, await response.text()));
      try {
        for await (const event of events) {
          lastId = event.id ?? lastId;
          waitMs = event.retryMs ?? waitMs;
          if (event.type === "message" && event.data !== "")
            isAnswered = receive(event.data).includes(id) || isAnswered;
        }
      } catch (error) {
        if (signal.aborted || lastId === undefined) throw error;
      }
      if (isAnswered) return;
      if (lastId === undefined) throw new Error("the server's stream ended before the answer");
      await wait(waitMs, undefined, { signal });
      response = await session.open(lastId);
    }
  }

  /**
   * A message, or several at once as an older version of the protocol has it.
   *
   * @returns the ids of the requests that they answer.
   */
  function receive(text: string): readonly Message["id"][] {
    const value = JSON.parse(text) as unknown;
    const messages = (Array.isArray(value) ? value : [value]) as readonly Message[];
    for (const one of messages) {
      const { result } = one;
      if (typeof result?.protocolVersion === "string") session.agree(result.protocolVersion);
      write(JSON.stringify(one));
    }
    return messages.flatMap(({ id, method }) => (method === undefined && id !== undefined ? [id] : []));
  }

  /** What the server says of its own accord. A server that has nothing to say answers 405. */
  async function listen(): Promise<void> {
    if (isListening) return;
    isListening = true;
    let lastId: string | undefined;
    let waitMs = reopenMs;
    while (!signal.aborted) {
      try {
        const response = await session.open(lastId);
        const events = eventsOf(response);
        if (events === undefined) {
          await response.body?.cancel();
          return;
        }
        for await (const { type, data, id, retryMs } of events) {
          lastId = id ?? lastId;
          waitMs = retryMs ?? waitMs;
          if (type === "message" && data !== "") receive(data);
        }
      } catch {
        // Broken, or ended by us: opened again unless that.
      }
      await wait(waitMs, undefined, { signal }).catch(() => {});
    }
  }

  /** The older kind: one stream for everything that the server says, which first tells where messages go. */
  async function openOlder(): Promise<boolean> {
    const response = await session.open();
    const events = eventsOf(response);
    if (events === undefined) {
      await response.body?.cancel();
      return false;
    }
    const endpoint = Promise.withResolvers<boolean>();
    void (async () => {
      try {
        for await (const { type, data } of events) {
          if (type === "message" && data !== "") receive(data);
          if (type !== "endpoint") continue;
          const told = new URL(data, url);
          // Whatever host it names: requests go through our proxy alone.
          messagesUrl = new URL(told.pathname + told.search, url);
          endpoint.resolve(true);
        }
      } catch (error) {
        if (!signal.aborted)
          warn(`the server's stream broke: ${error instanceof Error ? error.message : String(error)}`);
      }
      endpoint.resolve(false);
    })();
    return endpoint.promise;
  }

  function answerError(message: Message | undefined, text: string): void {
    warn(text);
    if (message?.id === undefined || message.method === undefined) return; // nobody waits for an answer
    write(JSON.stringify({ jsonrpc: "2.0", id: message.id, error: { code: bridgeError, message: text } }));
  }
}

function parse(line: string): Message | undefined {
  try {
    return JSON.parse(line) as Message;
  } catch {
    return undefined; // for the server to refuse
  }
}

/** The events of an answer that is a stream of them. */
function eventsOf(response: Answer): AsyncIterable<ServerSentEvent> | undefined {
  if (!response.ok || !isEventStream(response) || response.body === null) return undefined;
  return readEventStream(response.body);
}

function isEventStream(response: Answer): boolean {
  return /^text\/event-stream\b/i.test(response.headers.get("content-type") ?? "");
}

/** The proxy's own reason where it has one; a page of Google's says nothing that helps. */
function describeFailure(status: number, text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: string; why?: string; fix?: string } };
    if (typeof error?.message === "string") {
      return [error.message, error.why, error.fix].filter((part) => part !== undefined).join("; ");
    }
  } catch {
    // no JSON
  }
  if (status === 401 || status === 403) {
    return `the service refused the call (${status}); to see why: runpass doctor, to allow it: runpass grant`;
  }
  return `the service answered ${status}`;
}
