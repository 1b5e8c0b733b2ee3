import { connect, constants } from "node:http2";
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from "node:http2";
import type { ForwardOptions, ForwardResult } from "./forward.ts";
import { breakOff, writeAnswerHead, writeTrailers } from "./forward-answer.ts";
import { bodyFollows, requestLine } from "./forward-request.ts";
import { endToEndHeaders, headersToObject, withoutHeaders } from "./headers.ts";
import { isHttp2, requestAuthority } from "./message.ts";

/** Keeps one HTTP/2 connection to each server that requests are forwarded to. */
export interface Http2Agent {
  session(target: URL): ClientHttp2Session;
  /** Closes every connection, those in use included. */
  close(): void;
}

/** What may be under way on a stream, and on a connection, before it is acknowledged: Node's 64 KiB make every megabyte wait 16 times. */
const windowBytes = 1024 * 1024;

export function createHttp2Agent(): Http2Agent {
  const sessions = new Map<string, ClientHttp2Session>();
  return {
    session: (target) => {
      const known = sessions.get(target.origin);
      if (known && !known.closed && !known.destroyed) return known;
      const session = connect(target.origin, { settings: { initialWindowSize: windowBytes } });
      session.once("connect", () => session.setLocalWindowSize(windowBytes));
      session.setMaxListeners(0); // one a stream
      session.on("error", () => {}); // its streams tell
      const forget = (): void => {
        if (sessions.get(target.origin) === session) sessions.delete(target.origin);
      };
      session.once("close", forget);
      session.once("goaway", forget);
      sessions.set(target.origin, session);
      return session;
    },
    close: () => {
      for (const session of sessions.values()) session.destroy();
    },
  };
}

/** What {@link forwardToHttp2} needs. */
export interface ForwardHttp2Options extends Omit<ForwardOptions, "agent" | "maxBodyBytes"> {
  readonly agent: Http2Agent;
}

/**
 * Forwards a request to a server that is known to speak HTTP/2 (RFC 9113 section 3.3), and its answer back, streaming both ways
 * with back-pressure, trailers of the answer and all: what gRPC needs. Never rejects.
 */
export function forwardToHttp2(options: ForwardHttp2Options): Promise<ForwardResult> {
  const { request, response, target, agent, signal } = options;
  return new Promise((resolve) => {
    let status: number | undefined;
    let cause: Error | undefined;
    let upstream: ClientHttp2Stream;
    try {
      upstream = agent.session(target).request(toHeaders(options), { endStream: !bodyFollows(request) });
    } catch (error) {
      resolve({ outcome: "unanswered", cause: error as Error }); // a field that HTTP/2 does not allow
      return;
    }
    upstream.once("response", onAnswer);
    upstream.once("error", (error: Error) => {
      cause ??= error.cause instanceof Error ? error.cause : error;
    });
    upstream.once("close", onUpstreamClose);
    response.once("close", onClientClose);
    signal?.addEventListener("abort", onAbort);
    if (bodyFollows(request)) request.pipe(upstream);
    if (signal?.aborted === true) onAbort();

    function onAnswer(headers: IncomingHttpHeaders & { ":status"?: number }, flags: number): void {
      const answer = { statusCode: headers[":status"] ?? 0, statusMessage: "", rawHeaders: toList(headers), headers };
      const isOver = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      try {
        if (isOver && isHttp2(request)) {
          // In one frame: gRPC tells an answer of trailers only by that.
          const fields = endToEndHeaders(answer.rawHeaders);
          const changed = options.onAnswer?.(answer.statusCode, fields) ?? fields;
          request.stream.respond({ ":status": answer.statusCode, ...headersToObject(changed) }, { endStream: true });
        } else writeAnswerHead(answer, request, response, options.onAnswer);
      } catch (error) {
        cause = error as Error;
        upstream.close(constants.NGHTTP2_INTERNAL_ERROR);
        return;
      }
      status = answer.statusCode;
      if (isOver && isHttp2(request)) return;
      let trailers: IncomingHttpHeaders = {};
      upstream.once("trailers", (sent: IncomingHttpHeaders) => {
        trailers = sent;
      });
      upstream.once("end", () => {
        if (upstream.rstCode !== constants.NGHTTP2_NO_ERROR) return; // broken off: `close` follows
        writeTrailers({ rawTrailers: toList(trailers) }, request, response);
        response.end();
      });
      upstream.pipe(response, { end: false });
    }

    function onUpstreamClose(): void {
      request.unpipe(upstream);
      if (!request.complete) request.resume(); // unread, it would block the connection's next request
      if (status === undefined) {
        stopListening();
        resolve({ outcome: "unanswered", cause: cause ?? new Error("the stream was closed without an answer") });
      } else if (upstream.rstCode !== constants.NGHTTP2_NO_ERROR) {
        cause ??= new Error(`the stream was reset (${upstream.rstCode})`);
        breakOff(response);
      }
    }

    function onClientClose(): void {
      stopListening();
      const whole = isHttp2(request)
        ? request.stream.rstCode === constants.NGHTTP2_NO_ERROR
        : response.writableFinished;
      if (!whole) upstream.close(constants.NGHTTP2_CANCEL);
      if (cause !== undefined && status !== undefined) resolve({ outcome: "cut", status, cause });
      else if (status !== undefined && whole) resolve({ outcome: "answered", status });
      else resolve({ outcome: "abandoned" });
    }

    function onAbort(): void {
      cause ??= signal?.reason instanceof Error ? signal.reason : new Error("aborted");
      if (status !== undefined) breakOff(response);
      upstream.close(constants.NGHTTP2_CANCEL);
    }

    function stopListening(): void {
      upstream.off("close", onUpstreamClose);
      response.off("close", onClientClose);
      signal?.removeEventListener("abort", onAbort);
      upstream.on("error", () => {}); // nobody is left to tell
    }
  });
}

function toHeaders({ request, target, rawHeaders }: ForwardHttp2Options): Record<string, string | string[]> {
  const { host, ...fields } = headersToObject(withoutHeaders(endToEndHeaders(rawHeaders), "expect", "trailer"));
  const { method, path } = requestLine(target, request);
  return {
    ":method": method ?? "GET",
    ":path": path ?? "/",
    ":scheme": target.protocol.slice(0, -1),
    ":authority": [host ?? (requestAuthority(request) || target.host)].flat()[0] ?? "",
    ...fields,
    // gRPC insists on it: RFC 9113 section 8.2.2 allows this one value.
    ...(/\btrailers\b/i.test(String(request.headers.te ?? "")) ? { te: "trailers" } : {}),
  };
}

function toList(headers: IncomingHttpHeaders): string[] {
  return Object.entries(headers)
    .filter(([name]) => !name.startsWith(":"))
    .flatMap(([name, value]) => [value ?? []].flat().flatMap((each) => [name, each]));
}
