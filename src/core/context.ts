import type { Clock } from "./clock.ts";
import type { Environment } from "./environment.ts";

/** `fetch` as the platform defines it. `cli/` passes in one that honours proxies, extra CAs and retries. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** Where messages for a person go; never data. Every text is redacted before it leaves the process. */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
}

/** What the client's rooms get from the one place that wires: time, environment, network and messages. */
export interface Context {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly fetch: Fetch;
  readonly log: Logger;
  /** Aborts whatever is waited for. */
  readonly signal?: AbortSignal;
}

/** A logger that says nothing. */
export const silentLogger: Logger = { debug: () => {}, info: () => {}, warn: () => {} };
