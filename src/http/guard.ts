import { createHash, timingSafeEqual } from "node:crypto";
import { parseAuthority, requestAuthority } from "./message.ts";
import type { HttpRequest } from "./message.ts";

/** Why a request to an endpoint that holds power was refused. */
export interface GuardRefusal {
  readonly status: 401 | 403 | 421;
  readonly reason: string;
}

/** Options of {@link guardRequest}. */
export interface GuardOptions {
  /** Host names under which the server may be addressed, in lower case. Default: `127.0.0.1`, `localhost`, `::1`. */
  readonly hosts?: readonly string[];
  /** Where given, the request must bring it in the header `secretHeader`. */
  readonly secret?: string;
  /** In lower case. Default `x-runpass-secret`. */
  readonly secretHeader?: string;
}

const loopbackNames: readonly string[] = ["127.0.0.1", "localhost", "::1"];

/**
 * Checks a request to an endpoint that holds power on this machine. A web page in the user's own browser can reach it too:
 * by a name of its own that resolves to loopback (DNS rebinding), or across origins. Returns the refusal, or `undefined`.
 */
export function guardRequest(request: HttpRequest, options: GuardOptions = {}): GuardRefusal | undefined {
  const authority = requestAuthority(request);
  const host = parseAuthority(authority)?.host;
  if (host === undefined || !(options.hosts ?? loopbackNames).includes(host)) {
    return { status: 421, reason: "the Host header names another server" };
  }
  const foreign = findForeignSender(request.headers, authority);
  if (foreign !== undefined) return { status: 403, reason: foreign };
  if (options.secret !== undefined) {
    const given = request.headers[options.secretHeader ?? "x-runpass-secret"];
    if (typeof given !== "string" || !equalSecrets(given, options.secret)) {
      return { status: 401, reason: "the secret is missing or wrong" };
    }
  }
  return undefined;
}

/** Why a request must come from a web page of another origin than `authority` (`host[:port]`), or `undefined` when it need not. */
export function findForeignSender(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  authority: string,
): string | undefined {
  const { origin, "sec-fetch-site": site } = headers;
  if (origin !== undefined && origin !== `http://${authority}` && origin !== `https://${authority}`) {
    return "the request comes from another origin";
  }
  // Browsers send no Origin with a plain GET across origins, but they say this.
  if (site !== undefined && site !== "same-origin" && site !== "none") return "the request comes from another site";
  return undefined;
}

/** Compares two secrets in a time that tells neither their contents nor their length. */
export function equalSecrets(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
