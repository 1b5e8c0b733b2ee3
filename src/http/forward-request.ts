import type { RequestOptions } from "node:http";
import type { Writable } from "node:stream";
import { endToEndHeaders, withoutHeaders } from "./headers.ts";
import { isHttp2, requestAuthority } from "./message.ts";
import type { HttpRequest } from "./message.ts";

/** How long a body waits for the target's `100 Continue`, in milliseconds. RFC 9110 section 10.1.1 forbids to wait for ever; curl waits as long. */
const continueTimeoutMs = 1_000;

/** A body was longer than it may be. */
export class BodyTooLarge extends Error {
  override readonly name = "BodyTooLarge";
}

/** Whether a body follows the request's headers. */
export function bodyFollows(request: HttpRequest): boolean {
  if (isHttp2(request)) return !request.stream.endAfterHeaders;
  const { "transfer-encoding": coding, "content-length": length } = request.headers;
  return coding !== undefined || (length !== undefined && Number(length) !== 0);
}

/** We pass trailers on, so the client's wish for them holds on our connection too; gRPC insists on it. */
export function wantsTrailers(request: HttpRequest): boolean {
  return /\btrailers\b/i.test(String(request.headers.te ?? ""));
}

/** Where a request goes, and what for. The path is sent as it came: parsing it as a URL would change it. */
export function requestLine(target: URL, request: HttpRequest): RequestOptions {
  const path = request.url ?? "/";
  return {
    host: target.hostname.replace(/^\[|\]$/g, ""),
    ...(target.port === "" ? {} : { port: target.port }),
    method: request.method ?? "GET",
    path: path.startsWith("/") && target.pathname !== "/" ? target.pathname.replace(/\/$/, "") + path : path,
  };
}

/** The fields that go out: those that concern the client's connection are left out, those that ours needs are put in. */
export function framedHeaders(
  request: HttpRequest,
  rawHeaders: readonly string[],
  hasBody: boolean,
  targetHost: string,
): string[] {
  let fields = endToEndHeaders(rawHeaders);
  if (!hasField(fields, "host")) fields.unshift("Host", requestAuthority(request) || targetHost);
  const chunked = hasBody && !hasField(fields, "content-length");
  if (chunked) fields.push("Transfer-Encoding", "chunked");
  else {
    fields = withoutHeaders(fields, "trailer"); // trailers follow chunks only
    // Otherwise Node.js would announce an empty body in chunks.
    if (!hasBody && !hasField(fields, "content-length") && /^P(?:OST|UT|ATCH)$/.test(request.method ?? "")) {
      fields.push("Content-Length", "0");
    }
  }
  if (wantsTrailers(request)) fields.push("TE", "trailers", "Connection", "TE");
  return fields;
}

/**
 * Streams the body. What is left of it when nobody wants it any more is read and dropped.
 *
 * @param end Ends the message, with the trailers that came, names and values in turn.
 */
export function sendBody(
  request: HttpRequest,
  upstream: Writable,
  end: (rawTrailers: readonly string[]) => void,
  maxBytes: number = Number.POSITIVE_INFINITY,
): void {
  let sentBytes = 0;
  let timer: NodeJS.Timeout | undefined;
  upstream.once("close", () => {
    clearTimeout(timer);
    request.off("end", onEnd);
    request.off("data", count);
    request.unpipe(upstream);
    if (!request.complete) request.resume(); // unread, it would block the connection's next request
  });
  if (request.headers.expect === undefined) {
    start();
  } else {
    upstream.once("continue", start);
    timer = setTimeout(start, continueTimeoutMs);
  }

  function start(): void {
    clearTimeout(timer);
    upstream.off("continue", start);
    if (upstream.destroyed) return;
    request.once("end", onEnd);
    if (maxBytes !== Number.POSITIVE_INFINITY) request.on("data", count);
    request.pipe(upstream, { end: false });
  }

  function count(chunk: Buffer): void {
    sentBytes += chunk.length;
    if (sentBytes > maxBytes) upstream.destroy(new BodyTooLarge(`the request's body is longer than ${maxBytes} bytes`));
  }

  function onEnd(): void {
    end(endToEndHeaders(request.rawTrailers));
  }
}

/** A flat list of names and values as pairs. */
export function toPairs(rawHeaders: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    pairs.push([rawHeaders[index] as string, rawHeaders[index + 1] as string]);
  }
  return pairs;
}

/** Whether there is a field of this name, which is given in lower case. */
export function hasField(rawHeaders: readonly string[], name: string): boolean {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const given = rawHeaders[index] as string;
    if (given.length === name.length && given.toLowerCase() === name) return true;
  }
  return false;
}
