import { createServer } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { Http2ServerRequest, Http2Server } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { createConnections } from "./connections.ts";
import { describeListenFailure } from "./listen-failure.ts";
import { answerMalformed } from "./malformed.ts";
import { findFault, isHttp2 } from "./message.ts";
import type { HttpRequest, HttpResponse } from "./message.ts";
import { peekProtocol } from "./peek.ts";
import type { Protocol } from "./peek.ts";
import { writeRawResponse } from "./raw-response.ts";
import { createTlsAcceptor } from "./tls.ts";
import type { CertificateLookup } from "./tls.ts";
import { isWebSocketHandshake, replayWithoutUpgrade } from "./upgrade-request.ts";

/** Options of {@link createLocalServer}. */
export interface LocalServerOptions {
  /** Address to bind. Default `127.0.0.1`: this machine only. */
  readonly host?: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Listens on a Unix socket there instead. */
  readonly path?: string;
  /**
   * Answers a request, over HTTP/1 or HTTP/2. A client that waits for `100 Continue` gets it when the body is first read.
   * What it throws goes to `onError`, and the client gets a 500.
   */
  readonly onRequest: (request: HttpRequest, response: HttpResponse) => void | Promise<void>;
  /** Takes over a WebSocket handshake (HTTP/1). Without it, and for every other `Upgrade`, the header is ignored as RFC 9110 allows. */
  readonly onUpgrade?: (request: IncomingMessage, socket: Socket, head: Buffer) => void | Promise<void>;
  /** Takes over a CONNECT. Without it, and inside a tunnel, the answer is 405. */
  readonly onConnect?: (request: IncomingMessage, socket: Socket, head: Buffer) => void | Promise<void>;
  /** The certificate for a host that a client asks for in TLS. Without it, and where it gives none, the handshake fails. */
  readonly certificateFor?: CertificateLookup;
  /** Told when a handler throws: a bug. Default: a process warning. */
  readonly onError?: (error: unknown) => void;
  /** How long a client may take to say what it speaks, to shake hands, and to send a request's headers. Default 60,000. */
  readonly headersTimeoutMs?: number;
  /** How long an idle connection is kept. Default 120,000. */
  readonly keepAliveTimeoutMs?: number;
}

/** A tunnel that a CONNECT opened, to be served here. */
export interface Tunnel {
  readonly socket: Socket;
  /** What the client sent after the CONNECT. */
  readonly head: Buffer;
  /** The host of the CONNECT: its certificate serves clients that name none in TLS. */
  readonly host: string;
}

/** A server on one port for HTTP/1, HTTP/2 with prior knowledge, and both over TLS. */
export interface LocalServer extends AsyncDisposable {
  readonly port: number;
  /** `http://HOST:PORT`. */
  readonly url: string;
  /** Serves what comes through a tunnel, TLS or not, with the same handlers and timeouts. */
  acceptTunnel(tunnel: Tunnel): void;
  /** Leaves its port to another; what is open goes on. */
  stopListening(): void;
  /**
   * Listens at its port again.
   *
   * @throws {RunpassError} `address_in_use` when another has taken it.
   */
  listenAgain(): Promise<void>;
  /**
   * Stops listening, ends idle connections, lets open exchanges end within `deadlineMs` (default 5,000), then cuts the rest.
   * Idempotent. `cut` is the number of connections that were cut.
   */
  close(options?: { readonly deadlineMs?: number }): Promise<{ readonly cut: number }>;
}

/** Bytes of a request's line and headers; beyond it the answer is 431. Google's load balancers document 64 kB. */
const maxHeaderBytes = 65_536;

/** Cloud Run's longest request, 60 minutes, and a little: an upload may last as long. Source: Cloud Run, "Request timeout". */
const requestTimeoutMs = 3_660_000;

/**
 * Starts a local server and waits until it listens.
 *
 * @throws {RunpassError} `address_in_use` or `invalid_argument` when it cannot listen there.
 */
export async function createLocalServer(options: LocalServerOptions): Promise<LocalServer> {
  const host = options.host ?? "127.0.0.1";
  const headersTimeoutMs = options.headersTimeoutMs ?? 60_000;
  const keepAliveTimeoutMs = options.keepAliveTimeoutMs ?? 120_000;
  const reportError = options.onError ?? ((error: unknown) => process.emitWarning(asError(error)));

  const connections = createConnections();
  const tunnelled = new WeakSet<Socket>();
  let closing: Promise<{ cut: number }> | undefined;

  const acceptTls = createTlsAcceptor({
    certificateFor: options.certificateFor ?? (() => undefined),
    handshakeTimeoutMs: headersTimeoutMs,
    onSecure,
    onError: reportError,
  });

  // The server itself listens: one that only gets sockets handed in enforces no headersTimeout.
  const http1: Server = createServer({
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: Math.min(30_000, headersTimeoutMs / 2),
    keepAliveTimeout: keepAliveTimeoutMs,
  });
  http1.maxHeadersCount = 0; // the size is limited already; Node would drop what is over the count without a word
  const [onHttp1Connection] = http1.listeners("connection") as [(socket: Socket) => void];
  http1.removeAllListeners("connection");
  // Node's own would cut answers that are handed over but not yet sent.
  http1.closeIdleConnections = connections.closeIdle;

  const http2: Http2Server = createHttp2Server({
    maxHeaderListPairs: 1_000,
    strictFieldWhitespaceValidation: false, // else a field with a space at its end is dropped without a word
    settings: { maxConcurrentStreams: 250, maxHeaderListSize: maxHeaderBytes },
  });
  http2.on("session", (session) => {
    connections.beginSession(session);
    session.setTimeout(keepAliveTimeoutMs, () => session.close()); // streams that are open run on
  });

  http1.on("connection", (socket: Socket) => {
    connections.open(socket);
    socket.on("error", ignoreSocketError);
    serve(socket, undefined);
  });
  http1.on("upgrade", (request, duplex, head) => {
    const socket = duplex as Socket;
    connections.handOver(socket);
    if (options.onUpgrade !== undefined && isWebSocketHandshake(request) && findFault(request) === undefined) {
      run(
        () => options.onUpgrade?.(request, socket, head),
        () => socket.destroy(),
      );
    } else {
      replayWithoutUpgrade(request, socket, head);
      serveHttp1(socket);
    }
  });
  http1.on("connect", (request, duplex, head) => {
    const socket = duplex as Socket;
    connections.handOver(socket);
    if (options.onConnect === undefined || tunnelled.has(socket)) {
      writeRawResponse(socket, { status: 405, body: "CONNECT is not possible here.\n" });
    } else {
      run(
        () => options.onConnect?.(request, socket, head),
        () => socket.destroy(),
      );
    }
  });
  http1.on("clientError", (error, duplex) => {
    const socket = duplex as Socket;
    if (connections.isAnswering(socket) || !socket.writable) socket.destroy(error);
    else answerMalformed(error, socket);
  });
  for (const server of [http1, http2]) {
    server.on("request", onRequest);
    server.on("checkContinue", (request: HttpRequest, response: HttpResponse) => {
      continueWhenRead(request, response);
      onRequest(request, response);
    });
  }

  await listen(options.port);
  const { port } = options.path === undefined ? (http1.address() as AddressInfo) : { port: 0 };

  return {
    port,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    acceptTunnel: ({ socket, head, host: tunnelHost }) => {
      tunnelled.add(socket);
      if (head.length > 0) socket.unshift(head);
      serve(socket, tunnelHost);
    },
    stopListening: () => void http1.close(),
    listenAgain: () => listen(port),
    close,
    [Symbol.asyncDispose]: async () => {
      await close();
    },
  };

  function listen(at: number): Promise<void> {
    return new Promise((resolve, reject) => {
      http1.once("error", (error) => reject(describeListenFailure(error, options.path ?? host, at)));
      if (options.path !== undefined) http1.listen({ path: options.path }, resolve);
      else http1.listen(at, host, resolve);
    });
  }

  function serve(socket: Socket, tunnelHost: string | undefined): void {
    const decided = connections.expect(socket);
    peekProtocol(socket, headersTimeoutMs, (protocol) => {
      decided();
      dispatch(protocol, socket, tunnelHost);
    });
  }

  function dispatch(protocol: Protocol, socket: Socket, tunnelHost: string | undefined): void {
    if (protocol === "http1") return serveHttp1(socket);
    socket.allowHalfOpen = false; // node:http wants it and sees to the end itself; node:http2 and node:tls do not
    if (protocol === "http2") return void http2.emit("connection", socket);
    void acceptTls(socket, tunnelHost);
  }

  function onSecure(socket: TLSSocket): void {
    tunnelled.add(socket);
    if (closing !== undefined) socket.destroy();
    else if (socket.alpnProtocol === "h2") http2.emit("connection", socket);
    else serveHttp1(socket);
  }

  function serveHttp1(socket: Socket): void {
    connections.serve(socket);
    onHttp1Connection.call(http1, socket);
  }

  function onRequest(request: HttpRequest, response: HttpResponse): void {
    connections.beginExchange(response);
    if (isHttp2(request)) trimFields(request);
    const fault = findFault(request);
    if (fault !== undefined) {
      response.statusCode = fault.status;
      response.setHeader("content-type", "text/plain");
      if (!isHttp2(request)) response.setHeader("connection", "close");
      response.end(`${fault.reason}\n`);
      return;
    }
    run(
      () => options.onRequest(request, response),
      () => {
        if (response.headersSent) return void response.destroy();
        response.statusCode = 500;
        response.end();
      },
    );
  }

  /** Runs a handler: what it throws, now or later, is reported, and `giveUp` ends the exchange. */
  function run(handler: () => void | Promise<void> | undefined, giveUp: () => void): void {
    const fail = (error: unknown): void => {
      reportError(error);
      giveUp();
    };
    try {
      handler()?.catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  function close({ deadlineMs = 5_000 }: { readonly deadlineMs?: number } = {}): Promise<{ cut: number }> {
    closing ??= drain(deadlineMs);
    return closing;
  }

  async function drain(deadlineMs: number): Promise<{ cut: number }> {
    const ended = new Promise<void>((resolve) => http1.close(() => resolve()));
    connections.end();
    let cut = 0;
    const timer = setTimeout(() => (cut = connections.cut()), deadlineMs);
    await ended;
    clearTimeout(timer);
    return { cut };
  }
}

/** Takes the spaces around values away, as every parser of HTTP/1 does. */
function trimFields({ rawHeaders, headers }: Http2ServerRequest): void {
  for (let index = 1; index < rawHeaders.length; index += 2) {
    const value = rawHeaders[index] as string;
    const trimmed = value.replace(/^[ \t]+|[ \t]+$/g, "");
    if (trimmed === value) continue;
    rawHeaders[index] = trimmed;
    const name = rawHeaders[index - 1] as string;
    const joined = headers[name]; // with the values of other fields of this name
    if (typeof joined === "string") headers[name] = joined.replace(value, () => trimmed);
  }
}

/** Sends `100 Continue` when somebody starts to read the body, and not before: a refusal needs no upload. */
function continueWhenRead(request: HttpRequest, response: HttpResponse): void {
  const read = request._read;
  request._read = function (size) {
    request._read = read;
    if (!response.headersSent) response.writeContinue();
    read.call(request, size);
  };
}

/** A peer that resets its connection is no event here: whoever reads or writes on the socket sees it close. */
function ignoreSocketError(): void {}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
