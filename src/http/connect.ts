import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect as connectTcp } from "node:net";
import type { LookupFunction, Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { SecureContext, TLSSocket } from "node:tls";
import { connectTimeoutMs, readProxies } from "./network.ts";
import type { Network } from "./network.ts";
import { lookupWithLoopback } from "./loopback-lookup.ts";
import { isWithoutProxy } from "./no-proxy.ts";
import { portOf, proxyAuthorization } from "./route.ts";
import { askSocks, defaultSocksPort } from "./socks.ts";
import { readTrust } from "./trust.ts";

/** Protocols to offer by ALPN (RFC 7301), the preferred first. */
export type Offer = readonly ("h2" | "http/1.1")[];

/** Opens connections to a server. */
export interface Connector {
  /**
   * Opens a connection: by TLS for `https:`, with further CAs. What the server chose of the offer is in the socket's
   * `alpnProtocol`.
   *
   * @param proxy What it goes through, `"none"` for nothing. Default: for `https:` what `HTTPS_PROXY` and `NO_PROXY` say; in the
   * clear services are only on this machine.
   * @throws {RunpassError} `invalid_argument` for a proxy or a file of CAs that cannot be used.
   * @throws {Error} as sockets do.
   */
  connect(target: URL, offer: Offer, proxy?: URL | "none"): Promise<Socket | TLSSocket>;
}

/** How long a silent connection waits for TCP to ask whether the other side is still there. */
const keepAliveDelayMs = 30_000;

/** What {@link createConnector} needs. */
export interface ConnectorOptions extends Network {
  /** Finds addresses. Default: as the system does, but for `localhost`. */
  readonly lookup?: LookupFunction | undefined;
}

export function createConnector({ lookup = lookupWithLoopback, ...options }: ConnectorOptions): Connector {
  let trust: Promise<SecureContext | undefined> | undefined;
  return {
    connect: async (target, offer, proxy = proxyFor(target)) => {
      const signal = AbortSignal.timeout(connectTimeoutMs);
      const isSecure = target.protocol === "https:";
      const place = { host: hostOf(target), port: portOf(target), lookup, signal };
      const secureContext = isSecure || (proxy !== "none" && proxy.protocol === "https:") ? await trusted() : undefined;
      const socket = await openThrough(proxy, place, secureContext);
      return isSecure ? secure(socket, place, offer, secureContext) : socket;
    },
  };

  function trusted(): Promise<SecureContext | undefined> {
    trust ??= readTrust(options);
    trust.catch(() => (trust = undefined)); // the file may be put right
    return trust;
  }

  function proxyFor(target: URL): URL | "none" {
    if (target.protocol === "http:") return "none";
    const { httpsProxy, noProxy } = readProxies(options);
    if (httpsProxy === undefined) return "none";
    return isWithoutProxy(noProxy, hostOf(target), portOf(target)) ? "none" : new URL(httpsProxy);
  }
}

/** Where a connection leads, and until when it must be there. */
interface Place {
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly lookup: LookupFunction;
  readonly signal: AbortSignal;
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}

async function openThrough(
  proxy: URL | "none",
  place: Place,
  secureContext: SecureContext | undefined,
): Promise<Socket> {
  if (proxy === "none") return openTcp(place);
  if (!proxy.protocol.startsWith("socks")) return openTunnel(proxy, place, secureContext);
  const socket = await openTcp({ ...place, host: hostOf(proxy), port: Number(proxy.port || defaultSocksPort) });
  try {
    await askSocks(socket, proxy, place);
    return socket;
  } catch (error) {
    throw timedOut(place.signal) ?? error;
  }
}

async function openTcp({ host, port, lookup, signal }: Place): Promise<Socket> {
  // Either family of addresses, whichever answers first: networks with half an IPv6 are common.
  const keptAlive = { noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveDelayMs };
  const socket = connectTcp({ host, port, lookup, ...keptAlive });
  await opened(socket, "connect", signal);
  return socket;
}

/** CONNECT: RFC 9110 section 9.3.6. */
async function openTunnel(
  proxy: URL,
  { host, port, lookup, signal }: Place,
  secureContext: SecureContext | undefined,
): Promise<Socket> {
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const request = (proxy.protocol === "https:" ? httpsRequest : httpRequest)({
    host: hostOf(proxy),
    port: portOf(proxy),
    method: "CONNECT",
    path: authority,
    agent: false,
    lookup,
    signal,
    headers: { host: authority, ...proxyAuthorization(proxy) },
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
  { host, signal }: Place,
  offer: Offer,
  secureContext: SecureContext | undefined,
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
