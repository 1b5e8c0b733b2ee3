import type { Environment } from "../core/environment.ts";
import { readVariable } from "../core/environment.ts";
import { RunpassError } from "../core/errors.ts";

/** How to reach Google, beyond what the environment says. */
export interface NetworkOptions {
  /** PEM file of CAs to trust in addition to Node's own: gcloud's `core/custom_ca_certs_file`. */
  readonly caFile?: string | undefined;
  /** Proxy for every request, unless the environment names one: gcloud's `proxy/*`. */
  readonly proxyUrl?: string | undefined;
}

/** The way to Google. */
export interface Network extends NetworkOptions {
  readonly environment: Environment;
}

/** How long a connection may take to be made, TLS and all. */
export const connectTimeoutMs = 10_000;

/** What names the proxies, for `fetch` and for whoever must know whether the way has changed. Passwords may be in it. */
export function readProxies({ environment, proxyUrl }: Network): {
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
  if (URL.canParse(url) && /^(?:https?|socks(?:5h?)?):\/\//i.test(url)) return url;
  throw new RunpassError({
    code: "invalid_argument",
    message: `${name} is no URL of a proxy`,
    fix: `Set ${name} to http://HOST:PORT`,
  });
}
