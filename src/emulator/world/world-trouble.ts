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

/** What to change of a world's trouble; what is left out stays. */
export interface TroubleChange {
  readonly propagationSeconds?: number;
  /** `null` ends rough mode. */
  readonly rough?: WorldRough | null;
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
