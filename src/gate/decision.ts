import type { FactName, Grade } from "./facts.ts";
import type { GateService, Principal } from "./view.ts";

/** A request as it reached the front end of a service. */
export interface GateRequest {
  readonly method: string;
  /** The requested host, lower case, without port. */
  readonly host: string;
  /** Path with query, as sent. */
  readonly path: string;
  /** Names and values in turn, as sent: the form of `IncomingMessage.rawHeaders`. */
  readonly rawHeaders: readonly string[];
}

/** What the gate decided, and how it came to it. */
export type GateDecision = Admission | Refusal;

export interface Admission {
  readonly allowed: true;
  readonly service: GateService;
  /** Absent where the service is public and no token came. */
  readonly principal?: Principal;
  /** The headers that the backend gets, in the form of `rawHeaders`: the request's own, signatures removed where Google removes them. */
  readonly rawHeaders: readonly string[];
  readonly steps: readonly TraceStep[];
}

export interface Refusal {
  readonly allowed: false;
  readonly status: 401 | 403 | 404;
  readonly headers: Readonly<Record<string, string>>;
  /** Google's own page. */
  readonly body: string;
  readonly service?: GateService;
  readonly principal?: Principal;
  readonly steps: readonly TraceStep[];
}

/** One rule of the gate at work. */
export interface TraceStep {
  /** Name of the rule, for example `audience`. */
  readonly rule: string;
  readonly outcome: "passed" | "failed" | "skipped";
  /** What was seen and why it led to the outcome: one sentence, no secret. */
  readonly detail: string;
  /** What it rests on: the key of a member of `facts`. */
  readonly fact: FactName;
  /** How sure it is that Google does the same. */
  readonly grade: Grade;
}
