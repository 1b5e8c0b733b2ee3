import { describeNetworkFailure } from "../google/call.ts";
import { readProxies } from "../http/network.ts";
import { failed, passed, unknown } from "./finding.ts";
import type { Finding } from "./finding.ts";
import type { Walk } from "./walk.ts";

/** Whether Google can be reached from here, and which way: name, proxy, certificate, connection. */
export function judgeNetwork(walk: Walk): Finding {
  const error = walk.errors.get("network");
  const proxy = proxyOf(walk);
  const way = proxy === undefined ? "directly" : `by the proxy ${proxy}`;
  if (!error) {
    const sample = walk.clock();
    return sample
      ? passed("network", `${sample.host} answers, ${way}`)
      : unknown("network", `nothing was asked of Google; it would go ${way}`);
  }
  return failed("network", `${error.message}: ${describeCause(error.cause, proxy)}`);
}

/** What keeps a request from Google, in a clause that says what to do about it. */
export function describeCause(cause: unknown, proxy: string | undefined): string {
  const code = codeOf(cause);
  const text = describeNetworkFailure(cause);
  if (isUntrusted(code)) {
    return `its certificate is signed by nobody whom this machine trusts (${code}): where a proxy opens TLS, name its CA in NODE_EXTRA_CA_CERTS or gcloud's core/custom_ca_certs_file`;
  }
  if (text.startsWith("the proxy ")) return `the proxy ${proxy ?? ""} does not let it through (${text})`;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return proxy === undefined
      ? `its name cannot be resolved (${code}): check DNS, or set HTTPS_PROXY where a proxy is needed`
      : `the name of the proxy ${proxy} cannot be resolved (${code}): check HTTPS_PROXY`;
  }
  if (code === "ECONNREFUSED") {
    return proxy === undefined
      ? `the connection is refused (${text})`
      : `the proxy ${proxy} takes no connections (${text})`;
  }
  if (code !== undefined && /TIMEOUT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/.test(code)) {
    return `no connection comes about (${code}): check the network${proxy === undefined ? ", or set HTTPS_PROXY where a proxy is needed" : ` and the proxy ${proxy}`}`;
  }
  return text;
}

function isUntrusted(code: string | undefined): boolean {
  return code !== undefined && /SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|CERT_(?:UNTRUSTED|SIGNATURE)/.test(code);
}

/** The innermost `code`. */
function codeOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  return codeOf(cause.cause) ?? (cause as NodeJS.ErrnoException).code;
}

/** The proxy that requests to Google go by, without what may be secret in it. */
export function proxyOf({ context: { environment }, options: { network } }: Walk): string | undefined {
  const { httpsProxy } = readProxies({ environment, ...network });
  if (httpsProxy === undefined) return undefined;
  const { protocol, host } = new URL(httpsProxy);
  return `${protocol}//${host}`;
}
