import { Agent as HttpAgent, request as httpRequest } from "node:http";
import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import { constants } from "node:http2";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { connect } from "node:net";
import type { NetConnectOpts, Socket } from "node:net";
import { breakOff, passInterim, writeAnswerHead, writeTrailers } from "./forward-answer.ts";
import { bodyFollows, framedHeaders, requestLine, sendBody, toPairs } from "./forward-request.ts";
import { isGone, isHttp2 } from "./message.ts";
import type { HttpRequest, HttpResponse } from "./message.ts";

/** Keeps connections to the servers that requests are forwarded to. */
export interface ForwardAgent {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
  /** Closes every connection, those in use included. */
  close(): void;
}

/** One agent serves any number of targets, each with connections of its own. */
export function createForwardAgent(): ForwardAgent {
  const http = new HttpAgent({ keepAlive: true, scheduling: "lifo" });
  http.createConnection = (options) => readToTheEnd(connect(options as NetConnectOpts));
  const https = new HttpsAgent({ keepAlive: true, scheduling: "lifo" });
  return {
    http,
    https,
    close: () => {
      http.destroy();
      https.destroy();
    },
  };
}

/**
 * Lets a failed write not be a connection's last word. A server may refuse an upload, answer and close without reading on:
 * its answer is still to be read, and when it has been, reading fails as well.
 */
function readToTheEnd(socket: Socket): Socket {
  const { _write: write, _writev: writev } = socket;
  const forgive = (done: (error?: Error | null) => void) => (error?: NodeJS.ErrnoException | null) => {
    done(error?.code === "EPIPE" || error?.code === "ECONNRESET" ? null : error);
  };
  socket._write = (chunk, encoding, done) => write.call(socket, chunk, encoding, forgive(done));
  if (writev !== undefined) socket._writev = (chunks, done) => writev.call(socket, chunks, forgive(done));
  return socket;
}

/** What {@link forwardRequest} needs. */
export interface ForwardOptions {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  /** Scheme, host and port of the target. Its path, if any, is put before that of the request, which is sent as it came. */
  readonly target: URL;
  /**
   * The request's header fields as the target shall see them, names and values in turn: those of {@link endToEndHeaders},
   * changed and added to. Framing is seen to here. `Host` included; where there is none, HTTP/2's `:authority` stands in.
   */
  readonly rawHeaders: readonly string[];
  readonly agent: ForwardAgent;
  /** Ends the exchange with `BodyTooLarge` once the request's body is longer. Default: no limit. */
  readonly maxBodyBytes?: number | undefined;
  /** Told when the target's answer begins, with its header fields, names and values in turn; returns those that the client gets. */
  readonly onAnswer?: ((status: number, fields: readonly string[]) => readonly string[]) | undefined;
  /** Asked before an answer is begun. Where it says no, nothing of it is written and the outcome is `declined`. */
  readonly accept?: ((status: number, rawHeaders: readonly string[]) => boolean) | undefined;
  /** Sent instead of the request's body, which has been read. */
  readonly body?: Buffer | undefined;
  /** Ends the exchange: before the answer began as `unanswered`, after that as `cut`. */
  readonly signal?: AbortSignal | undefined;
}

/** How an exchange ended. */
export type ForwardResult =
  /** The target's answer went to the client whole. */
  | { readonly outcome: "answered"; readonly status: number }
  /** No answer came. Nothing was written to the response: answer in your own manner. */
  | { readonly outcome: "unanswered"; readonly cause: Error }
  /** An answer came that was not accepted. Nothing was written to the response. */
  | { readonly outcome: "declined"; readonly status: number }
  /** The target broke off within its answer, and the client's connection or stream was broken off likewise. */
  | { readonly outcome: "cut"; readonly status: number; readonly cause: Error }
  /** The client went away; the target's connection was closed. */
  | { readonly outcome: "abandoned" };

/** Methods that may be sent again when a kept connection turns out to be closed: RFC 9110 section 9.2.2. */
export const idempotent: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

/**
 * Forwards a request to an HTTP/1 server and its answer back, streaming both ways with back-pressure: interim answers,
 * trailers and all. Never rejects.
 */
export function forwardRequest(options: ForwardOptions): Promise<ForwardResult> {
  return new Promise((resolve) => send(options, resolve));
}

function send(options: ForwardOptions, resolve: (result: ForwardResult) => void): void {
  const { request, response, target, agent, signal } = options;
  const hasBody = options.body === undefined ? bodyFollows(request) : options.body.length > 0;
  const secure = target.protocol === "https:";
  let upstream: ClientRequest;
  let status: number | undefined;
  let cause: Error | undefined;

  if (isGone(response)) return resolve({ outcome: "abandoned" });
  try {
    upstream = (secure ? httpsRequest : httpRequest)({
      ...requestLine(target, request),
      agent: secure ? agent.https : agent.http,
      headers: framedHeaders(request, options.rawHeaders, hasBody, target.host),
      maxHeaderSize: 65_536,
    });
  } catch (error) {
    resolve({ outcome: "unanswered", cause: asError(error) }); // a path or header that Node.js will not send
    return;
  }
  upstream.on("error", onUpstreamError);
  upstream.on("information", ({ statusCode, rawHeaders }) =>
    passInterim({ status: statusCode, rawHeaders }, request, response),
  );
  upstream.on("response", onAnswer);
  upstream.once("close", onUpstreamClose);
  response.once("close", onClientClose);
  signal?.addEventListener("abort", onAbort);
  if (options.body !== undefined) upstream.end(options.body);
  else if (hasBody) sendStreamedBody();
  else upstream.end();
  if (signal?.aborted === true) onAbort();

  function sendStreamedBody(): void {
    if (request.headers.expect !== undefined) upstream.flushHeaders();
    const end = (trailers: readonly string[]): void => {
      if (trailers.length > 0) upstream.addTrailers(toPairs(trailers));
      upstream.end();
    };
    sendBody(request, upstream, end, options.maxBodyBytes);
  }

  function onAnswer(answer: IncomingMessage): void {
    const { statusMessage: reason, rawHeaders } = answer;
    status = answer.statusCode as number;
    if (options.accept?.(status, rawHeaders) === false) {
      answer.on("error", () => {}); // nobody waits for the rest
      answer.resume();
      stopListening();
      resolve({ outcome: "declined", status });
      return;
    }
    try {
      writeAnswerHead({ status, reason, rawHeaders }, request, response, options.onAnswer);
    } catch (error) {
      // Two fields where HTTP/2 allows one, or a value that it does not: as good as no answer.
      status = undefined;
      upstream.destroy(asError(error));
      return;
    }
    answer.on("error", (error) => {
      cause ??= error;
      breakOff(response);
    });
    answer.once("end", () => {
      writeTrailers(answer.rawTrailers, request, response);
      response.end();
    });
    answer.pipe(response, { end: false });
    // The body's first bytes, if they came with the head, are written by then and took the head along.
    process.nextTick(() => {
      if (!isHttp2(request) && !answer.readableDidRead && !answer.complete) (response as ServerResponse).flushHeaders();
    });
  }

  function onUpstreamError(error: NodeJS.ErrnoException): void {
    const stale = upstream.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE");
    if (stale && status === undefined && !hasBody && idempotent.has(request.method ?? "") && signal?.aborted !== true) {
      stopListening();
      send(options, resolve);
    } else cause ??= error;
  }

  function onUpstreamClose(): void {
    if (status !== undefined) return; // the client's side tells when the answer is through
    stopListening();
    resolve({ outcome: "unanswered", cause: cause ?? new Error("the connection was closed without an answer") });
  }

  function onClientClose(): void {
    stopListening();
    upstream.destroy(); // does nothing where the exchange is over and the connection free for the next
    resolve(outcomeFor(status, cause, wentWhole(request, response)));
  }

  function onAbort(): void {
    cause ??= asError(signal?.reason);
    if (status !== undefined) breakOff(response);
    upstream.destroy(cause);
  }

  function stopListening(): void {
    upstream.off("close", onUpstreamClose);
    response.off("close", onClientClose);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** Whether the client got the answer to its end. */
export function wentWhole(request: HttpRequest, response: HttpResponse): boolean {
  return isHttp2(request) ? request.stream.rstCode === constants.NGHTTP2_NO_ERROR : response.writableFinished;
}

/** How an exchange ended whose client's side is closed: `status` where an answer had begun, `cause` where the target broke off. */
export function outcomeFor(status: number | undefined, cause: Error | undefined, isWhole: boolean): ForwardResult {
  if (status === undefined) return { outcome: "abandoned" };
  if (cause !== undefined) return { outcome: "cut", status, cause };
  return isWhole ? { outcome: "answered", status } : { outcome: "abandoned" };
}

/** What was thrown, as an error. */
export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
