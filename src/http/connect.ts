import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect as connectTcp } from "node:net";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { SecureContext, TLSSocket } from "node:tls";
import { RunpassError } from "../core/errors.ts";
import { connectTimeoutMs, readProxies } from "./fetch.ts";
import type { FetchOptions } from "./fetch.ts";
import { lookupWithLoopback } from "./loopback-lookup.ts";
import { isWithoutProxy } from "./no-proxy.ts";
import { readTrust } from "./trust.ts";

/** Protocols to offer by ALPN (RFC 7301), the preferred first. */
export type Offer = readonly ("h2" | "http/1.1")[];

/** Opens connections to a server for requests of others. */
export interface Connector {
  /**
   * Opens a connection: by TLS for `https:`, through `HTTPS_PROXY` unless `NO_PROXY` says otherwise, with further CAs: the same
   * way that `createFetch` goes. What the server chose of the offer is in the socket's `alpnProtocol`.
   *
   * @throws {RunpassError} `invalid_argument` for a proxy or a file of CAs that cannot be used.
   * @throws {Error} as sockets do.
   */
  connect(target: URL, offer: Offer): Promise<Socket | TLSSocket>;
}

/** How long a silent connection waits for TCP to ask whether the other side is still there. */
const keepAliveDelayMs = 30_000;

export function createConnector(options: FetchOptions): Connector {
  let trust: Promise<SecureContext | undefined> | undefined;
  return {
    connect: async (target, offer) => {
      const signal = AbortSignal.timeout(connectTimeoutMs);
      const host = target.hostname.replace(/^\[|\]$/g, "");
      if (target.protocol === "http:") return openTcp(host, Number(target.port || 80), signal);
      trust ??= readTrust(options);
      trust.catch(() => (trust = undefined)); // the file may be put right
      const secureContext = await trust;
      const port = Number(target.port || 443);
      const { httpsProxy, noProxy } = readProxies(options);
      const isDirect = httpsProxy === undefined || isWithoutProxy(noProxy, host, port);
      const socket = isDirect
        ? await openTcp(host, port, signal)
        : await openTunnel(new URL(httpsProxy), `${target.hostname}:${port}`, secureContext, signal);
      return secure(socket, host, offer, secureContext, signal);
    },
  };
}

async function openTcp(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  // Either family of addresses, whichever answers first: networks with half an IPv6 are common.
  const keptAlive = { noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveDelayMs };
  const socket = connectTcp({ host, port, lookup: lookupWithLoopback, ...keptAlive });
  await opened(socket, "connect", signal);
  return socket;
}

/** CONNECT: RFC 9110 section 9.3.6. */
async function openTunnel(
  proxy: URL,
  authority: string,
  secureContext: SecureContext | undefined,
  signal: AbortSignal,
): Promise<Socket> {
  if (proxy.protocol !== "http:" && proxy.protocol !== "https:") {
    throw new RunpassError({
      code: "invalid_argument",
      message: "HTTPS_PROXY names a SOCKS proxy, which requests to services cannot go by",
      fix: "Set HTTPS_PROXY to http://HOST:PORT, or name the services' hosts in NO_PROXY",
    });
  }
  const { username, password } = proxy;
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const request = (proxy.protocol === "https:" ? httpsRequest : httpRequest)({
    host: proxy.hostname.replace(/^\[|\]$/g, ""),
    port: proxy.port || (proxy.protocol === "https:" ? 443 : 80),
    method: "CONNECT",
    path: authority,
    agent: false,
    signal,
    headers: {
      host: authority,
      ...(username === "" ? {} : { "proxy-authorization": `Basic ${Buffer.from(credentials).toString("base64")}` }),
    },
    ...(secureContext === undefined ? {} : { secureContext }),
  });
  return new Promise((resolve, reject) => {
    request.once("connect", ({ statusCode }, socket) => {
      if (statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(new Error(`the proxy ${proxy.host} answered ${statusCode} for ${authority}`));
    });
    request.once("response", ({ statusCode }) => {
      request.destroy();
      reject(new Error(`the proxy ${proxy.host} answered ${statusCode} for ${authority}`));
    });
    request.once("error", (cause) => reject(timedOut(signal) ?? cause));
    request.end();
  });
}

async function secure(
  socket: Socket,
  host: string,
  offer: Offer,
  secureContext: SecureContext | undefined,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const secured = connectTls({
    socket,
    servername: /^[\d.]+$|:/.test(host) ? "" : host, // no IP addresses: RFC 6066 section 3
    host,
    ALPNProtocols: [...offer],
    ...(secureContext === undefined ? {} : { secureContext }),
  });
  await opened(secured, "secureConnect", signal);
  return secured;
}

function opened(socket: Socket, event: "connect" | "secureConnect", signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => void socket.destroy(timedOut(signal));
    const settle = (action: () => void) => (): void => {
      signal.removeEventListener("abort", onAbort);
      socket.off("error", onError);
      action();
    };
    const onError = (error: Error): void => settle(() => reject(error))();
    signal.addEventListener("abort", onAbort);
    socket.once("error", onError);
    socket.once(event, settle(resolve));
  });
}

function timedOut(signal: AbortSignal): Error | undefined {
  if (!signal.aborted) return undefined;
  return Object.assign(new Error(`no connection within ${connectTimeoutMs / 1000} s`), { code: "ETIMEDOUT" });
}
