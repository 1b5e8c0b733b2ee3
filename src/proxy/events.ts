import type { ErrorCode } from "../core/errors.ts";
import type { IdToken } from "../tokens/id-tokens.ts";

/** What a proxy tells of itself: one event a request, and what happens beside them. Never holds a token, header or body. */
export type ProxyEvent = RequestEvent | TokenEvent | TokenFailedEvent | WokeEvent | MovedEvent | DrainEvent;

/** How a request ended. */
export type RequestOutcome =
  /** The service's answer went through whole. */
  | "answered"
  /** The answer is ours: a preflight, or a page that says why there is none of the service. */
  | "local"
  /** Refused here: Host, Origin or secret. */
  | "refused"
  /** The service gave no answer; ours went out. */
  | "unanswered"
  /** The service broke off within its answer. */
  | "cut"
  /** The client went away. */
  | "abandoned";

export interface RequestEvent {
  readonly type: "request";
  /** When it began: RFC 3339. */
  readonly time: string;
  /** Absent where the Host led to none. */
  readonly service?: string | undefined;
  readonly method: string;
  /** Without the query, which may hold secrets. */
  readonly path: string;
  readonly protocol: "HTTP/1.0" | "HTTP/1.1" | "HTTP/2" | "WebSocket";
  /** What the client got; 499 where it left before an answer, as nginx has it. */
  readonly status: number;
  readonly outcome: RequestOutcome;
  /** From the request's head to the end of the answer. */
  readonly durationMs: number;
  /** From the request's head to the answer's. */
  readonly answerMs?: number | undefined;
  /** Why it was refused, not answered or cut. */
  readonly reason?: string | undefined;
  /** Google's front end refused the request: the answer is not the app's. */
  readonly isGoogleRefusal: boolean;
  /** The token had been refused, and the request went out once more with a new one. */
  readonly isRetried: boolean;
}

export interface TokenEvent {
  readonly type: "token";
  readonly service: string;
  /** RFC 3339. */
  readonly expiresAt: string;
  readonly principal?: string | undefined;
  readonly source: IdToken["source"];
}

export interface TokenFailedEvent {
  readonly type: "token_failed";
  readonly service: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly why?: string | undefined;
  readonly fix?: string | undefined;
}

/** The clock jumped: the machine has slept, or its time was set. */
export interface WokeEvent {
  readonly type: "woke";
  /** By how much. Negative where the clock was put back. */
  readonly jumpMs: number;
  readonly tokensRenewed: number;
  readonly streamsKept: number;
  /** Connections whose other end had gone. */
  readonly connectionsLost: number;
}

/** A name leads to other addresses than before: a service has moved, or this machine is in another network. */
export interface MovedEvent {
  readonly type: "moved";
  readonly host: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
}

export interface DrainEvent {
  readonly type: "drain";
  /** What was still open when the deadline came, and was cut. */
  readonly cut: readonly OpenExchange[];
}

/** A request that is not over. */
export interface OpenExchange {
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly ageMs: number;
}

/** A path as logs may show it. */
export function shownPath(url: string | undefined): string {
  return (url ?? "/").split(/[?#]/, 1)[0] ?? "/";
}
