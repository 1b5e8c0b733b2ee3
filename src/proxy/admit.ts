import { isIP } from "node:net";
import { isSecure, parseAuthority, requestAuthority } from "../http/message.ts";
import type { HttpRequest } from "../http/message.ts";
import type { LocalSecret } from "./local-secret.ts";

/** Who may use a door that gives requests an identity. */
export interface DoorRules {
  /** Host names under which we may be addressed besides loopback's, in lower case. */
  readonly hosts: ReadonlySet<string>;
  /** IP addresses other than loopback's may stand in `Host`: we listen on them. No name can be made to look like one. */
  readonly isBeyondLoopback: boolean;
  /** Origins other than ours whose pages may call and read: `http://localhost:3000`. */
  readonly corsOrigins: ReadonlySet<string>;
  readonly secret?: LocalSecret | undefined;
}

/** Whether a request may go on. */
export type Admission =
  | {
      readonly isAdmitted: true;
      /** The origin under which the client addresses us. */
      readonly localOrigin: string;
      /** The origin, other than ours, that may read the answer. */
      readonly corsOrigin?: string | undefined;
      /** The request's `Authorization` was for us. */
      readonly isAuthorizationOurs: boolean;
    }
  | {
      readonly isAdmitted: false;
      readonly status: 400 | 401 | 403 | 421;
      readonly reason: string;
      readonly fix: string;
      /** The page may read why. */
      readonly corsOrigin?: string | undefined;
    };

const loopbackNames: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "::1"]);

/**
 * Decides whether a request may have the user's identity. Any web page in the user's browser can send requests here: by a name of
 * its own that it makes resolve to loopback (DNS rebinding), or across origins. Browsers tell on themselves: in `Host`, in
 * `Origin`, and in `Sec-Fetch-Site` (W3C Fetch Metadata) where they send no `Origin`.
 */
export function admit(request: HttpRequest, rules: DoorRules): Admission {
  const authority = requestAuthority(request);
  const host = parseAuthority(authority)?.host;
  if (!/^(?:\/|\*$)/.test(request.url ?? "")) {
    return refuse(
      400,
      "the request names a whole address, as for a forward proxy",
      "Call the address itself, not through it as a proxy.",
    );
  }
  if (host === undefined || !isOurName(host, rules)) {
    return refuse(
      421,
      "the Host header names another server",
      "Use the address that was printed, or allow the name: --allow-host NAME.",
    );
  }
  const localOrigin = `${isSecure(request) ? "https" : "http"}://${authority}`;
  const origin = request.headers.origin?.toLowerCase();
  const isForeign = origin !== undefined && origin !== localOrigin;
  const corsOrigin = isForeign && rules.corsOrigins.has(origin) ? origin : undefined;
  if (isForeign && corsOrigin === undefined) {
    return refuse(
      403,
      `the request comes from a page of another origin, ${shownOrigin(origin)}`,
      `Let it in, if it is yours: --cors ${shownOrigin(origin)}`,
    );
  }
  if (corsOrigin === undefined && isFromAnotherSite(request, rules)) {
    return refuse(
      403,
      "the request comes from a page of another site",
      "Let its origin in, if it is yours: --cors ORIGIN",
    );
  }
  if (rules.secret === undefined || isPreflight(request)) {
    return { isAdmitted: true, localOrigin, corsOrigin, isAuthorizationOurs: false };
  }
  const proof = rules.secret.provenBy(request);
  if (proof === undefined) {
    const refusal = refuse(
      401,
      "the local secret is missing or wrong",
      "Send it: Authorization: Bearer SECRET, or X-Runpass-Secret: SECRET.",
    );
    return { ...refusal, corsOrigin };
  }
  return { isAdmitted: true, localOrigin, corsOrigin, isAuthorizationOurs: proof === "authorization" };
}

/** A browser's question whether it may send a request: Fetch standard, "CORS-preflight request". */
export function isPreflight({ method, headers }: HttpRequest): boolean {
  return method === "OPTIONS" && headers.origin !== undefined && headers["access-control-request-method"] !== undefined;
}

function isOurName(host: string, { hosts, isBeyondLoopback }: DoorRules): boolean {
  if (loopbackNames.has(host) || hosts.has(host)) return true;
  // Resolved to loopback by whoever follows RFC 6761 section 6.3; no DNS server is asked.
  if (host.endsWith(".localhost")) return true;
  return isBeyondLoopback && isIP(host) !== 0;
}

/** Browsers send no `Origin` with a plain GET, but they say where it comes from. Following a link is let through, as for cookies that are `SameSite=Lax`. */
function isFromAnotherSite({ method, headers }: HttpRequest, { corsOrigins }: DoorRules): boolean {
  const site = headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin" || site === "none") return false;
  const isLink = headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
  if (isLink && (method === "GET" || method === "HEAD")) return false;
  const { referer } = headers;
  return !(typeof referer === "string" && URL.canParse(referer) && corsOrigins.has(new URL(referer).origin));
}

function refuse(status: 400 | 401 | 403 | 421, reason: string, fix: string): Extract<Admission, { isAdmitted: false }> {
  return { isAdmitted: false, status, reason, fix };
}

/** It comes from a stranger and goes to a terminal. */
function shownOrigin(origin: string): string {
  return /^[\w+.:/[\]-]{1,200}$/.test(origin) ? origin : "ORIGIN";
}
