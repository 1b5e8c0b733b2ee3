import { constants } from "node:http2";
import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from "node:http2";
import type { ServerResponse } from "node:http";
import { breakOff, passInterim, writeAnswerHead, writeTrailers } from "./forward-answer.ts";
import { bodyFollows, requestLine, sendBody, wantsTrailers } from "./forward-request.ts";
import { asError, outcomeFor, wentWhole } from "./forward.ts";
import type { ForwardOptions, ForwardResult } from "./forward.ts";
import { endToEndHeaders, headersToObject, withoutHeaders } from "./headers.ts";
import { isGone, isHttp2, requestAuthority } from "./message.ts";

/** As for `forwardRequest`, over an HTTP/2 connection that is open. */
export interface Http2ForwardOptions extends Omit<ForwardOptions, "agent"> {
  readonly session: ClientHttp2Session;
}

/**
 * Forwards a request over HTTP/2 and its answer back, streaming both ways with back-pressure: interim answers, trailers and
 * all. An answer that is broken off with an error code breaks an HTTP/2 client's stream off with the same code. Never rejects.
 */
export function forwardHttp2(options: Http2ForwardOptions): Promise<ForwardResult> {
  return new Promise((resolve) => send(options, resolve));
}

function send(options: Http2ForwardOptions, resolve: (result: ForwardResult) => void): void {
  const { request, response, session, signal } = options;
  const hasBody = options.body === undefined ? bodyFollows(request) : options.body.length > 0;
  // Trailers of a request are told beforehand only where the body has a length: then there are none.
  const mayHaveTrailers = hasBody && options.body === undefined && request.headers["content-length"] === undefined;
  let trailersToSend: readonly string[] = [];
  let trailersSeen: readonly string[] = [];
  let status: number | undefined;
  let cause: Error | undefined;
  let upstream: ClientHttp2Stream;

  if (isGone(response)) return resolve({ outcome: "abandoned" });
  try {
    upstream = session.request(requestHeaders(options), { endStream: !hasBody, waitForTrailers: mayHaveTrailers });
  } catch (error) {
    resolve({ outcome: "unanswered", cause: asError(error) }); // the connection has closed, or a field cannot be sent
    return;
  }
  upstream.on("error", (error: Error) => (cause ??= error));
  upstream.on("headers", (headers: { ":status"?: number }, _flags: number, rawHeaders: readonly string[] = []) =>
    passInterim({ status: headers[":status"] ?? 0, rawHeaders }, request, response),
  );
  upstream.on("response", (headers: { ":status"?: number }, flags: number, rawHeaders: readonly string[] = []) =>
    onAnswer(headers[":status"] ?? 0, rawHeaders, (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0),
  );
  upstream.on("trailers", (_headers: object, _flags: number, rawHeaders: readonly string[] = []) => {
    trailersSeen = rawHeaders;
  });
  if (mayHaveTrailers) upstream.once("wantTrailers", () => upstream.sendTrailers(headersToObject(trailersToSend)));
  upstream.once("close", onUpstreamClose);
  response.once("close", onClientClose);
  signal?.addEventListener("abort", onAbort);
  if (options.body !== undefined) upstream.end(options.body);
  else if (hasBody) {
    sendBody(request, upstream, (trailers) => {
      trailersToSend = trailers;
      upstream.end();
    });
  }
  if (signal?.aborted === true) onAbort();

  function onAnswer(answerStatus: number, rawHeaders: readonly string[], isWhole: boolean): void {
    status = answerStatus;
    if (options.accept?.(status, rawHeaders) === false) {
      stopListening();
      upstream.close(constants.NGHTTP2_CANCEL);
      resolve({ outcome: "declined", status });
      return;
    }
    try {
      writeAnswerHead({ status, rawHeaders, isWhole }, request, response, options.onAnswer);
    } catch (error) {
      status = undefined;
      upstream.destroy(asError(error)); // a value that HTTP/1 cannot carry: as good as no answer
      return;
    }
    upstream.once("end", () => {
      if (upstream.rstCode !== constants.NGHTTP2_NO_ERROR) return; // seen to when it closes
      writeTrailers(trailersSeen, request, response);
      response.end();
    });
    upstream.pipe(response, { end: false });
    // The body's first bytes mostly come in the same packet: then they are written by then, and took the head along.
    if (isWhole || isHttp2(request)) return;
    setImmediate(() => {
      if (!upstream.readableDidRead && !response.writableEnded) (response as ServerResponse).flushHeaders();
    });
  }

  function onUpstreamClose(): void {
    const code = upstream.rstCode ?? constants.NGHTTP2_INTERNAL_ERROR;
    if (status === undefined) {
      stopListening();
      resolve({ outcome: "unanswered", cause: cause ?? new Error("the stream was closed without an answer") });
    } else if (code !== constants.NGHTTP2_NO_ERROR || cause !== undefined) {
      cause ??= new Error(`the stream was reset with error code ${code}`);
      if (!response.writableFinished) breakOff(response, code === constants.NGHTTP2_NO_ERROR ? undefined : code);
    }
  }

  function onClientClose(): void {
    stopListening();
    const isWhole = wentWhole(request, response);
    if (!upstream.closed) upstream.close(isWhole ? constants.NGHTTP2_NO_ERROR : constants.NGHTTP2_CANCEL);
    resolve(outcomeFor(status, cause, isWhole));
  }

  function onAbort(): void {
    cause ??= asError(signal?.reason);
    if (status !== undefined) breakOff(response);
    upstream.close(constants.NGHTTP2_CANCEL);
  }

  function stopListening(): void {
    upstream.off("close", onUpstreamClose);
    response.off("close", onClientClose);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** The fields that go out, pseudo-headers first. `Host` becomes `:authority`: RFC 9113 section 8.3.1. */
function requestHeaders({ request, target, rawHeaders }: Http2ForwardOptions): OutgoingHttpHeaders {
  const { method, path } = requestLine(target, request);
  const fields = endToEndHeaders(rawHeaders);
  const pseudo = {
    ":method": method ?? "GET",
    ":scheme": target.protocol.slice(0, -1),
    ":authority": fieldOf(fields, "host") ?? (requestAuthority(request) || target.host),
    ":path": path ?? "/",
  };
  const headers = headersToObject(withoutHeaders(fields, "host"), pseudo);
  if (wantsTrailers(request)) headers["te"] = "trailers";
  return headers;
}

function fieldOf(rawHeaders: readonly string[], name: string): string | undefined {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if ((rawHeaders[index] as string).toLowerCase() === name) return rawHeaders[index + 1];
  }
  return undefined;
}
