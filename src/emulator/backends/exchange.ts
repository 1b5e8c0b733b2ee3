import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { BodyTooLarge } from "../../http/forward-request.ts";
import { forwardRequest } from "../../http/forward.ts";
import type { ForwardAgent, ForwardResult } from "../../http/forward.ts";
import { withoutHeaders } from "../../http/headers.ts";
import { isHttp2 } from "../../http/message.ts";
import type { HttpRequest, HttpResponse } from "../../http/message.ts";
import { writeRawResponse } from "../../http/raw-response.ts";
import { forwardUpgrade } from "../../http/upgrade.ts";
import { echo } from "../echo-backend.ts";
import type { Echo } from "../echo-backend.ts";
import { refuseGrpc, sendAnswer } from "../send-answer.ts";
import type { Backend } from "./backends.ts";
import type { Http2Backends } from "./http2-backends.ts";
import { answerTooLarge, backendUnreachable, instanceFailed, maxHttp1Bytes } from "./refusals.ts";
import { requestTimedOut, requestTooLarge } from "./refusals.ts";
import type { FrontEndAnswer } from "./refusals.ts";

/** What {@link exchangeWithBackend} needs. */
export interface ExchangeOptions {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly backend: Backend;
  /** As the backend shall see them. */
  readonly rawHeaders: readonly string[];
  readonly agents: BackendAgents;
  /** Told the status that the client gets, once that is known. */
  onStatus(status: number): void;
}

/** The connections to backends. */
export interface BackendAgents {
  readonly http1: ForwardAgent;
  readonly http2: Http2Backends;
}

/** What a trace shows while no answer has begun, and for good where the client left before: nginx's code for it. */
export const clientLeft = 499;

/** Hands a request to a backend and its answer to the client, within Cloud Run's limits of time and size. */
export async function exchangeWithBackend(options: ExchangeOptions): Promise<void> {
  const { request, response, backend, rawHeaders, agents, onStatus } = options;
  const refuse = (answer: FrontEndAnswer): void => {
    onStatus(answer.status);
    sendAnswer(request, response, answer);
  };
  // Over HTTP/2 to the container there is no limit.
  if (!backend.isH2c && Number(request.headers["content-length"] ?? 0) > maxHttp1Bytes) return refuse(requestTooLarge);
  using limit = startTimer(backend.timeoutMs);
  const server = await Promise.race([backend.server().catch(() => "failed" as const), limit.passed]);
  if (server === "failed") return refuse(instanceFailed);
  if (server === "timed out") return refuse(requestTimedOut);
  if (server === "echo") return await answerWithEcho(options);
  const forward = {
    request,
    response,
    target: server,
    rawHeaders,
    signal: limit.signal,
    onAnswer: (status: number, fields: readonly string[]) => {
      if (!backend.isH2c && lengthOf(fields) > maxHttp1Bytes) throw new AnswerTooLarge();
      onStatus(status);
      return [...withoutHeaders(fields, "server"), "server", "Google Frontend"];
    },
  };
  const result = backend.isH2c
    ? await agents.http2.forward(server, forward)
    : await forwardRequest({ ...forward, agent: agents.http1, maxBodyBytes: maxHttp1Bytes });
  if (result.outcome === "unanswered") refuse(refusalFor(server, result, limit.signal));
}

/** The same for a WebSocket handshake and what follows it. */
export async function upgradeToBackend(
  options: Omit<ExchangeOptions, "request" | "response" | "agents"> & {
    readonly request: IncomingMessage;
    readonly socket: Socket;
    readonly head: Buffer;
  },
): Promise<void> {
  const { request, socket, head, backend, rawHeaders, onStatus } = options;
  const refuse = ({ status, headers, body }: FrontEndAnswer): void => {
    onStatus(status);
    writeRawResponse(socket, { status, rawHeaders: Object.entries(headers).flat(), body });
  };
  using limit = startTimer(backend.timeoutMs);
  const server = await Promise.race([backend.server().catch(() => "failed" as const), limit.passed]);
  if (server === "failed") return refuse(instanceFailed);
  if (server === "timed out") return refuse(requestTimedOut);
  if (server === "echo") return refuse(noWebSocket);
  onStatus(101);
  const result = await forwardUpgrade({ request, socket, head, target: server, rawHeaders, signal: limit.signal });
  if (result.outcome === "answered") onStatus(result.status);
  if (result.outcome === "abandoned") onStatus(clientLeft);
  if (result.outcome === "unanswered") refuse(refusalFor(server, result, limit.signal));
}

class AnswerTooLarge extends Error {}

function refusalFor(
  server: URL,
  { cause }: Extract<ForwardResult, { outcome: "unanswered" }>,
  signal: AbortSignal,
): FrontEndAnswer {
  if (signal.aborted) return requestTimedOut;
  if (cause instanceof BodyTooLarge) return requestTooLarge;
  return cause instanceof AnswerTooLarge ? answerTooLarge : backendUnreachable(server, cause);
}

const noWebSocket: FrontEndAnswer = {
  status: 501,
  headers: { "content-type": "text/plain; charset=utf-8", server: "Google Frontend" },
  body: "The built-in backend speaks no WebSocket: give the service a backend of its own.\n",
};

const noGrpc = "The built-in backend speaks no gRPC: give the service a backend of its own, with protocol: h2c.";

async function answerWithEcho({ request, response, rawHeaders, onStatus }: ExchangeOptions): Promise<void> {
  let seen: Echo;
  try {
    seen = await echo({ method: request.method ?? "GET", url: request.url ?? "/", rawHeaders }, request);
  } catch {
    return; // the client went away with its body half sent
  }
  onStatus(200);
  const isGrpc = isHttp2(request) && request.headers["content-type"]?.startsWith("application/grpc") === true;
  if (isGrpc) return refuseGrpc(response, noGrpc);
  const headers = { "content-type": "application/json", server: "Google Frontend" };
  sendAnswer(request, response, { status: 200, headers, body: `${JSON.stringify(seen, null, 2)}\n` });
}

/** A time limit: `passed` settles and `signal` aborts when it is over, unless it is disposed of before. */
function startTimer(
  timeoutMs: number,
): Disposable & { readonly signal: AbortSignal; readonly passed: Promise<"timed out"> } {
  const controller = new AbortController();
  const { promise: passed, resolve } = Promise.withResolvers<"timed out">();
  const timer = setTimeout(() => {
    resolve("timed out");
    controller.abort(new Error("the request took too long"));
  }, timeoutMs);
  return { signal: controller.signal, passed, [Symbol.dispose]: () => clearTimeout(timer) };
}

function lengthOf(rawHeaders: readonly string[]): number {
  const at = rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === "content-length");
  return at < 0 ? 0 : Number(rawHeaders[at + 1]);
}
