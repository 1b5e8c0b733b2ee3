import type { Stage } from "./stage.ts";

/**
 * Something that callers of private services meet, on which the emulator and Google can be compared: told by data, so that the
 * contract test goes through it offline and `npm run test:live` against a real project.
 */
export interface Situation {
  /** A sentence. Where nobody has published what Google does it ends with `(a guess: FACT)`, as `emulator facts` calls it. */
  readonly name: string;
  readonly ask: (stage: Stage) => Question | Promise<Question>;
  readonly expect: Expected;
}

/** What curl sends. */
export interface Question {
  readonly method?: string;
  readonly url: string;
  /** Name and value, the same name more than once where that is the point. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** Sent as JSON. */
  readonly body?: object;
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, string>>;
  /** Instead of a body: so many bytes. */
  readonly bytes?: number;
}

/** What the emulator answers, and Google as far as is known. */
export interface Expected {
  readonly status: number;
  /** Those that are named; `undefined`: must not be there. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** A page or an expression that it matches, or the whole of a JSON value. Absent: the service's own, or different every time. */
  readonly body?: string | RegExp | object;
}

/** One answer, with everything of this project and run replaced by names. */
export interface Observation {
  readonly step: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A situation that this project cannot hold, and why. */
export interface Unseen {
  readonly step: string;
  readonly unseen: string;
}
