import type { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import type { Clock } from "../core/clock.ts";
import type { Fetch } from "../core/context.ts";
import type { Environment } from "../core/environment.ts";

/** Everything by which the command line touches the world. `main.ts` gives the real ones, a test gives its own. */
export interface Io {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly spawn: typeof spawn;
  /** Default: one that honours the environment's proxies and CAs, made when it is first needed. */
  readonly fetch?: Fetch;
  /** Waits so many milliseconds. Default: by the machine's own time. */
  readonly pause?: ((delayMs: number) => Promise<void>) | undefined;
  /** How to start this very program again: the executable and its first arguments. */
  readonly self: readonly string[];
  /** Calls back for SIGINT, SIGTERM and SIGHUP instead of ending the process, until the result is called. */
  onSignal(listener: (signal: NodeJS.Signals) => void): () => void;
}

export type Input = Readable & { readonly isTTY?: boolean };

/** A stream for text. */
export interface Output {
  readonly isTTY?: boolean;
  /** Width of the terminal. */
  readonly columns?: number | undefined;
  write(text: string): unknown;
}
