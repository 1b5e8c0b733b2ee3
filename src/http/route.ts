import { isWithoutProxy } from "./no-proxy.ts";

/** The metadata server tells who *this* machine is, on Google Cloud and elsewhere: by a proxy it would be the proxy's. */
const metadataAddress = "169.254.169.254";

/** How a request goes. */
export interface Route {
  /** Where the connection leads. */
  readonly to: URL;
  /** What it goes through; `undefined` leaves that to the connector. */
  readonly through?: URL | "none";
  /** The request's own target: RFC 9112 section 3.2. */
  readonly path: string;
  /** What the proxy wants to see. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The way of a request: one in the clear is handed to an HTTP proxy whole, all others get a connection to their host. */
export function routeOf(
  target: URL,
  { httpProxy, noProxy }: { readonly httpProxy?: string; readonly noProxy?: string },
): Route {
  const path = target.pathname + target.search;
  if (target.protocol === "https:") return { to: target, path, headers: {} };
  const { hostname } = target;
  if (httpProxy === undefined || hostname === metadataAddress || isWithoutProxy(noProxy, hostname, portOf(target))) {
    return { to: target, through: "none", path, headers: {} };
  }
  const proxy = new URL(httpProxy);
  if (proxy.protocol.startsWith("socks")) return { to: target, through: proxy, path, headers: {} };
  const headers = { host: target.host, ...proxyAuthorization(proxy) };
  return { to: proxy, through: "none", path: target.href, headers };
}

/** What a proxy wants to know of whose URL names a user. Source: RFC 9110 section 11.7.2. */
export function proxyAuthorization({ username, password }: URL): { readonly "proxy-authorization"?: string } {
  if (username === "") return {};
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(credentials).toString("base64")}` };
}

export function portOf({ port, protocol }: URL): number {
  return Number(port || (protocol === "https:" ? 443 : 80));
}
