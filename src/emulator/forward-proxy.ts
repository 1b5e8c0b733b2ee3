import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { createForwardAgent, forwardRequest } from "../http/forward.ts";
import { withoutHeaders } from "../http/headers.ts";
import { isHttp2, markSecure, parseAuthority } from "../http/message.ts";
import type { Authority, HttpRequest, HttpResponse } from "../http/message.ts";
import { writeRawResponse } from "../http/raw-response.ts";
import type { LocalServer, LocalServerOptions } from "../http/server.ts";
import { forwardUpgrade, joinSockets } from "../http/upgrade.ts";

/** Options of {@link createForwardProxy}. */
export interface ForwardProxyOptions {
  /** Whether the emulator stands for a host (in lower case, without port): then requests to it are served here. */
  readonly isKnownHost: (host: string) => boolean;
  /** Lets requests to other hosts out: raw tunnels for CONNECT, forwarding for plain HTTP. */
  readonly passthrough: boolean;
  /** The server that this proxy's handlers are given to. Asked for when a request comes. */
  readonly server: () => Pick<LocalServer, "port" | "acceptTunnel">;
  /** Gets requests in origin form, `Host` and all as if they had been sent to the host itself. */
  readonly onRequest: LocalServerOptions["onRequest"];
  /** Likewise for WebSocket handshakes. */
  readonly onUpgrade: NonNullable<LocalServerOptions["onUpgrade"]>;
}

/** Handlers for a `LocalServer` that make it a forward proxy besides. */
export interface ForwardProxy {
  readonly onRequest: LocalServerOptions["onRequest"];
  readonly onUpgrade: NonNullable<LocalServerOptions["onUpgrade"]>;
  readonly onConnect: NonNullable<LocalServerOptions["onConnect"]>;
  /** Closes the connections that passthrough keeps. */
  close(): void;
}

/**
 * Makes a forward proxy: CONNECT (RFC 9110 section 9.3.6) and absolute-form requests (RFC 9112 section 3.2.2). Known hosts,
 * and the server's own address, are served here; every other host is refused unless `passthrough`.
 */
export function createForwardProxy(options: ForwardProxyOptions): ForwardProxy {
  const agent = createForwardAgent();
  return { onRequest, onUpgrade, onConnect, close: () => agent.close() };

  function onConnect(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const authority = parseAuthority(request.url ?? "");
    if (authority?.port === undefined) {
      writeRawResponse(socket, { status: 400, body: "CONNECT needs HOST:PORT.\n" });
    } else if (isServedHere(authority, authority.port)) {
      socket.write(established);
      options.server().acceptTunnel({ socket, head, host: authority.host });
    } else if (options.passthrough) {
      openTunnel(authority.host, authority.port, socket, head);
    } else {
      writeRawResponse(socket, { status: 502, reason: refusalReason(authority), body: refusal(authority) });
    }
  }

  function onRequest(request: HttpRequest, response: HttpResponse): void | Promise<void> {
    const url = request.url ?? "";
    if (isHttp2(request) || url.startsWith("/") || url === "*") return options.onRequest(request, response);
    const target = parseAbsoluteForm(url);
    if (target === undefined) return answer(response, 400, "The request target is no path and no http address.\n");
    toOriginForm(request, target);
    if (isServedHere(target.authority, target.port)) return options.onRequest(request, response);
    if (!options.passthrough) return answer(response, 502, refusal(target.authority));
    return passOut(request, response, target);
  }

  async function passOut(request: IncomingMessage, response: HttpResponse, target: AbsoluteForm): Promise<void> {
    const { rawHeaders } = request;
    const result = await forwardRequest({ request, response, target: new URL(target.origin), rawHeaders, agent });
    if (result.outcome === "unanswered") answer(response, 502, `${target.authority.host}: ${result.cause.message}\n`);
  }

  async function onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const url = request.url ?? "";
    if (url.startsWith("/")) return options.onUpgrade(request, socket, head);
    const target = parseAbsoluteForm(url);
    if (target === undefined) return writeRawResponse(socket, { status: 400 });
    toOriginForm(request, target);
    if (isServedHere(target.authority, target.port)) return options.onUpgrade(request, socket, head);
    if (!options.passthrough) return writeRawResponse(socket, { status: 502, body: refusal(target.authority) });
    const { rawHeaders } = request;
    const result = await forwardUpgrade({ request, socket, head, target: new URL(target.origin), rawHeaders });
    if (result.outcome === "unanswered") writeRawResponse(socket, { status: 502, body: `${result.cause.message}\n` });
  }

  /** Google's hosts by their usual ports, and ourselves: a client whose NO_PROXY is not set asks us for our own address. */
  function isServedHere({ host }: Authority, port: number): boolean {
    if (port === options.server().port) return isLoopbackName(host);
    return (port === 443 || port === 80) && options.isKnownHost(host);
  }
}

const established = "HTTP/1.1 200 Connection established\r\n\r\n";

function isLoopbackName(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "127.0.0.1" || host === "::1";
}

/** Shown by clients that print the status line of a failed CONNECT and nothing else. */
function refusalReason({ host }: Authority): string {
  return `${host} is not emulated (see --passthrough)`;
}

function refusal({ host }: Authority): string {
  return (
    `${host} is not emulated, and the emulator lets requests to other hosts out only with --passthrough.\n` +
    `Start it with --passthrough, or put ${host} into NO_PROXY.\n`
  );
}

function answer(response: HttpResponse, status: number, body: string): void {
  response.statusCode = status;
  response.setHeader("content-type", "text/plain; charset=utf-8");
  response.end(body);
}

interface AbsoluteForm {
  readonly scheme: string;
  readonly authority: Authority;
  readonly port: number;
  /** `scheme://host:port`. */
  readonly origin: string;
  /** Path and query as sent. */
  readonly path: string;
}

function parseAbsoluteForm(url: string): AbsoluteForm | undefined {
  const match = /^(http|https|ws|wss):\/\/([^/?#]+)([^#]*)/i.exec(url);
  const authority = parseAuthority(match?.[2] ?? "");
  if (match === null || authority === undefined) return undefined;
  const scheme = /^(?:https|wss)$/i.test(match[1] as string) ? "https" : "http";
  const host = authority.host.includes(":") ? `[${authority.host}]` : authority.host;
  const port = authority.port ?? (scheme === "https" ? 443 : 80);
  const path = match[3] as string;
  return {
    scheme,
    authority,
    port,
    origin: `${scheme}://${host}:${port}`,
    path: path.startsWith("/") ? path : `/${path}`,
  };
}

/** Turns a proxy's request into the one that the host itself would have got. `Host` follows the target: RFC 9112 section 3.2.2. */
function toOriginForm(request: IncomingMessage, target: AbsoluteForm): void {
  const host = new URL(target.origin).host; // without the scheme's own port
  request.url = target.path;
  const others = withoutHeaders(request.rawHeaders, "host", "proxy-connection", "proxy-authorization");
  request.rawHeaders = ["Host", host, ...others];
  request.headers.host = host;
  delete request.headers["proxy-connection"];
  delete request.headers["proxy-authorization"];
  if (target.scheme === "https") markSecure(request);
}

/** Joins the client with a host that is not emulated: bytes, unread. */
function openTunnel(host: string, port: number, socket: Socket, head: Buffer): void {
  const upstream = connect({ host, port });
  const giveUp = (): void => void upstream.destroy();
  socket.once("close", giveUp);
  upstream.once("connect", () => {
    socket.off("close", giveUp);
    upstream.off("error", onFailure);
    socket.write(established);
    joinSockets(socket, head, upstream, Buffer.alloc(0), () => {});
  });
  upstream.once("error", onFailure);

  function onFailure(error: NodeJS.ErrnoException): void {
    writeRawResponse(socket, { status: 502, body: `${host}, port ${port}: ${error.code ?? error.message}\n` });
  }
}
