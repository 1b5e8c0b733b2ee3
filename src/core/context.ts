import type { Clock } from "./clock.ts";
import type { Environment } from "./environment.ts";

/** What is used of the platform's `Response`, which takes its own time and memory to load. */
export interface Answer {
  /** Whether the status is of the 200s. */
  readonly ok: boolean;
  readonly status: number;
  /** By name, in letters of any case. */
  readonly headers: { get(name: string): string | null; has(name: string): boolean };
  /** For whoever does not want it whole. */
  readonly body: (AsyncIterable<Uint8Array> & { cancel(): Promise<void> }) | null;
  text(): Promise<string>;
  json(): Promise<unknown>;
}

/** `fetch`, which the platform's can stand in for. `cli/` passes in one that honours proxies, extra CAs and retries. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Answer>;

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
