import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { TLSSocket } from "node:tls";

/** A request to a local server, over HTTP/1 or HTTP/2. */
export type HttpRequest = IncomingMessage | Http2ServerRequest;

/** The answer to a {@link HttpRequest}. */
export type HttpResponse = ServerResponse | Http2ServerResponse;

/** Whether a request came over HTTP/2. */
export function isHttp2(request: HttpRequest): request is Http2ServerRequest {
  return request.httpVersionMajor === 2;
}

/** Whether the client has left, or its stream was reset: the response's `close` may be over, and does not come again. */
export function isGone(response: HttpResponse): boolean {
  return "stream" in response ? response.stream.closed || response.stream.destroyed : response.destroyed;
}

/** `host[:port]` that a request is meant for, in lower case: `:authority` or `Host`. Empty where there is none. */
export function requestAuthority(request: HttpRequest): string {
  const authority = isHttp2(request) ? (request.headers[":authority"] ?? request.headers.host) : request.headers.host;
  return authority?.toLowerCase() ?? "";
}

/** A host and, where it was given, its port. */
export interface Authority {
  /** In lower case, without the brackets of an IPv6 address and without a trailing dot. */
  readonly host: string;
  readonly port?: number;
}

/** Reads `host[:port]`, or `undefined` when `text` is none: what it returns holds no character that needs escaping. */
export function parseAuthority(text: string): Authority | undefined {
  const match = /^(?:\[([\da-f:.]+)\]|([a-z\d_.-]+))(?::(\d{1,5}))?$/i.exec(text);
  const host = (match?.[1] ?? match?.[2] ?? "").toLowerCase().replace(/\.$/, "");
  if (host === "") return undefined;
  if (match?.[3] === undefined) return { host };
  const port = Number(match[3]);
  return port > 0 && port < 65_536 ? { host, port } : undefined;
}

const secureByTarget = new WeakSet<HttpRequest>();

/** Marks a request as meant for `https:` although it came in the clear: a forward proxy's `GET https://host/`. */
export function markSecure(request: HttpRequest): void {
  secureByTarget.add(request);
}

/** Whether the client meant `https:`: the request came over TLS, or named an `https:` address. */
export function isSecure(request: HttpRequest): boolean {
  return (request.socket as Partial<TLSSocket>).encrypted === true || secureByTarget.has(request);
}

/** Why a request must not be served, or `undefined` when it may. What the parsers of Node.js let pass and RFC 9112 does not. */
export function findFault(request: HttpRequest): { status: number; reason: string } | undefined {
  if (isHttp2(request)) {
    const { ":authority": authority, host } = request.headers;
    if (authority === undefined && host === undefined) return { status: 400, reason: "no :authority" };
    // RFC 9113 section 8.3.1
    if (authority !== undefined && host !== undefined && authority.toLowerCase() !== host.toLowerCase()) {
      return { status: 400, reason: ":authority and Host differ" };
    }
    return undefined;
  }
  let hosts = 0;
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index] as string;
    if (name.length === 4 && name.toLowerCase() === "host") hosts += 1;
  }
  // RFC 9112 section 3.2; that there is one at all in HTTP/1.1 is Node's rule already.
  if (hosts > 1) return { status: 400, reason: "more than one Host" };
  const coding = request.headers["transfer-encoding"];
  // RFC 9112 section 6.1: a coding that is not understood must not be passed on without its name.
  if (coding !== undefined && coding.toLowerCase() !== "chunked") {
    return { status: 501, reason: "Transfer-Encoding other than chunked" };
  }
  return undefined;
}
