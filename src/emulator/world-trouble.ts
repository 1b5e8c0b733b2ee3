import { faultKind, troubleKind } from "./records.ts";
import type { Store } from "./store.ts";

/** Time and trouble that a world starts with. */
export interface WorldTrouble {
  /** How long a changed policy takes to reach those who decide by it, in seconds of the emulator's clock. Default 0. */
  readonly propagationSeconds?: number;
  /** Rough mode, which keeps clients honest; the same seed and the same requests give the same trouble. */
  readonly rough?: WorldRough;
  readonly faults?: readonly Fault[];
}

export interface WorldRough {
  /** A whole number from 0. */
  readonly seed: number;
}

/** Answers that an API or a service gives instead of its own, or late, or not to the end. */
export interface Fault {
  /** Host of an API, for example `iamcredentials.googleapis.com`; regional hosts are meant too. Either this or `service`. */
  readonly api?: string;
  /** A service: its name, or `projects/P/locations/L/services/S`. What its gate lets through is met, nothing else. */
  readonly service?: string;
  /** Part of the paths that are meant, for example `:generateIdToken`. Default: every path. */
  readonly path?: string;
  /** HTTP status to answer with: 400 to 599. */
  readonly status?: number;
  /** Instead of a status: an API refuses (403) as where VPC Service Controls keep the caller out. */
  readonly reason?: "SECURITY_POLICY_VIOLATED";
  /** `retry-after` of that answer, in seconds. */
  readonly retryAfterSeconds?: number;
  /** Wait before anything else, in milliseconds of real time. */
  readonly latencyMs?: number;
  /** `reset`: the connection is cut without an answer. `half-body`: it is cut in the middle of the answer. */
  readonly connection?: "reset" | "half-body";
  /** How many requests meet it; then it is gone. Default: all. */
  readonly times?: number;
  /** Which part of the requests meets it, above 0 to 1, by chance. Default 1. */
  readonly share?: number;
}

/** Puts the trouble of a world into a store. */
export function addTrouble(store: Store, { faults = [], ...settings }: WorldTrouble = {}): void {
  if (Object.keys(settings).length > 0) void store.put(troubleKind, "trouble", settings);
  for (const [at, fault] of faults.entries()) {
    const id = String(at + 1);
    void store.put(faultKind, id, { id, fault, met: 0 });
  }
}
