import type { Fetch } from "../core/context.ts";
import type { Environment } from "../core/environment.ts";
import { readVariable } from "../core/environment.ts";
import { RunpassError } from "../core/errors.ts";
import { lookupWithLoopback } from "./loopback-lookup.ts";
import { retrying } from "./retry.ts";
import { readTrust } from "./trust.ts";

/** How to reach Google, beyond what the environment says. */
export interface NetworkOptions {
  /** PEM file of CAs to trust in addition to Node's own: gcloud's `core/custom_ca_certs_file`. */
  readonly caFile?: string | undefined;
  /** Proxy for every request, unless the environment names one: gcloud's `proxy/*`. */
  readonly proxyUrl?: string | undefined;
}

export interface FetchOptions extends NetworkOptions {
  readonly environment: Environment;
}

/** The metadata server tells who *this* machine is, on Google Cloud and elsewhere: by a proxy it would be the proxy's. */
const metadataAddress = "169.254.169.254";

/** How long a connection may take to be made, TLS and all. */
export const connectTimeoutMs = 10_000;
const answerTimeoutMs = 30_000;

/**
 * A `fetch` for Google's APIs: by `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, with further CAs, with time limits and retries.
 * It never follows a redirect, which would carry secrets to another place: Google's APIs have none. The HTTP library is loaded
 * with the first request.
 */
export function createFetch(options: FetchOptions): Fetch {
  let loading: Promise<Fetch> | undefined;
  return retrying(async (url, init) => {
    loading ??= load(options);
    const fetch = await loading;
    return fetch(url, init);
  });
}

async function load(options: FetchOptions): Promise<Fetch> {
  const { EnvHttpProxyAgent, fetch } = await import("undici");
  const secureContext = await readTrust(options);
  const tls = { allowH2: false, timeout: connectTimeoutMs, ...(secureContext && { secureContext }) };
  const { httpProxy, httpsProxy, noProxy } = readProxies(options);
  const dispatcher = new EnvHttpProxyAgent({
    // Empty rather than absent: else undici would look into the process's own environment.
    httpProxy: httpProxy ?? "",
    httpsProxy: httpsProxy ?? "",
    noProxy: [noProxy ?? "", metadataAddress].join(","),
    connect: { ...tls, lookup: lookupWithLoopback },
    requestTls: tls,
    proxyTls: tls,
    headersTimeout: answerTimeoutMs,
    bodyTimeout: answerTimeoutMs,
    allowH2: false,
  });
  return async (url, init) => {
    const request = { ...init, redirect: "manual", dispatcher } as Parameters<typeof fetch>[1];
    return (await fetch(url, request)) as unknown as Response;
  };
}

/** What names the proxies, for `fetch` and for whoever must know whether the way has changed. Passwords may be in it. */
export function readProxies({ environment, proxyUrl }: FetchOptions): {
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  readonly noProxy?: string;
} {
  // In small letters first, as curl has it: HTTP_PROXY may come from a request's `Proxy` header in a CGI program.
  const read = (name: string): string | undefined =>
    readVariable(environment, name.toLowerCase()) ?? readVariable(environment, name);
  const httpProxy = proxyOf("HTTP_PROXY", read("HTTP_PROXY") ?? proxyUrl);
  const httpsProxy = proxyOf("HTTPS_PROXY", read("HTTPS_PROXY") ?? proxyUrl);
  const noProxy = read("NO_PROXY");
  return {
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
    ...(noProxy === undefined ? {} : { noProxy }),
  };
}

/** Without a scheme it is HTTP, as curl has it. */
function proxyOf(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (URL.canParse(url) && /^(?:https?|socks5?):\/\//i.test(url)) return url;
  throw new RunpassError({
    code: "invalid_argument",
    message: `${name} is no URL of a proxy`,
    fix: `Set ${name} to http://HOST:PORT`,
  });
}
