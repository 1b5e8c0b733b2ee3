import { STATUS_CODES } from "node:http";
import type { ServerResponse } from "node:http";
import { constants } from "node:http2";
import type { Http2ServerResponse } from "node:http2";
import { endToEndHeaders, headersToObject, withoutHeaders } from "./headers.ts";
import { isHttp2 } from "./message.ts";
import type { HttpRequest, HttpResponse } from "./message.ts";
import { hasField, toPairs } from "./forward-request.ts";

/** What an answer begins with, over HTTP/1 or HTTP/2. */
export interface AnswerHead {
  readonly status: number;
  /** Of HTTP/1's status line; HTTP/2 has none. */
  readonly reason?: string | undefined;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  /** Nothing follows, by HTTP/2's own mark. gRPC tells an error of a call by it. */
  readonly isWhole?: boolean | undefined;
}

/**
 * Writes the head of an answer: status and end-to-end fields as they came; framing as the client's connection needs it.
 *
 * @throws {Error} when a field cannot be sent over HTTP/2, and for a `101` that nobody asked for; then nothing of it is left
 *   in the response.
 */
export function writeAnswerHead(
  answer: AnswerHead,
  request: HttpRequest,
  response: HttpResponse,
  change: (status: number, fields: readonly string[]) => readonly string[] = (_status, fields) => fields,
): void {
  const { status } = answer;
  if (status === 101) throw new Error("the target switched protocols unasked");
  const fields = [...change(status, endToEndHeaders(answer.rawHeaders))];
  if (isHttp2(request)) {
    const headers = headersToObject(fields);
    try {
      if (answer.isWhole === true) {
        // Sent by `end()`, which marks it so.
        response.statusCode = status;
        for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      } else (response as Http2ServerResponse).writeHead(status, headers);
    } catch (error) {
      for (const name of Object.keys(headers)) response.removeHeader(name);
      throw error;
    }
    return;
  }
  const chunked =
    request.httpVersion === "1.1" &&
    !hasField(fields, "content-length") &&
    request.method !== "HEAD" &&
    status !== 204 &&
    status !== 304;
  (response as ServerResponse).writeHead(
    status,
    answer.reason ?? STATUS_CODES[status] ?? "",
    chunked ? fields : withoutHeaders(fields, "trailer"), // trailers follow chunks only
  );
}

/** Passes an interim answer on, as far as the client's protocol has a way for it. `100` is answered by whoever reads the body. */
export function passInterim(interim: AnswerHead, request: HttpRequest, response: HttpResponse): void {
  if (interim.status === 100 || request.httpVersion === "1.0" || response.headersSent) return;
  const fields = headersToObject(endToEndHeaders(interim.rawHeaders));
  try {
    if (isHttp2(request)) request.stream.additionalHeaders({ ":status": interim.status, ...fields });
    else if (interim.status === 103) response.writeEarlyHints(fields);
    else if (interim.status === 102) (response as ServerResponse).writeProcessing();
  } catch {
    // A hint that cannot be sent on is left out: clients must do without it (RFC 9110 section 15.2).
  }
}

/** Adds the trailers that came after the answer's body. */
export function writeTrailers(rawTrailers: readonly string[], request: HttpRequest, response: HttpResponse): void {
  if (rawTrailers.length === 0) return;
  const fields = endToEndHeaders(rawTrailers);
  if (!isHttp2(request)) return (response as ServerResponse).addTrailers(toPairs(fields));
  const trailers: Record<string, string> = {};
  for (const [name, value] of toPairs(fields)) {
    const lower = name.toLowerCase();
    trailers[lower] = trailers[lower] === undefined ? value : `${trailers[lower]}, ${value}`;
  }
  response.addTrailers(trailers);
}

/** Ends an answer so that the client sees it is not whole. Over HTTP/2 with an error code of RFC 9113 section 7. */
export function breakOff(response: HttpResponse, code: number = constants.NGHTTP2_INTERNAL_ERROR): void {
  if ("stream" in response) response.stream.close(code);
  else response.destroy();
}
