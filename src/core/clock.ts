/** Where the time comes from. Everything that expires asks a clock, so that tests can move it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
}

/** The machine's own clock. */
export const systemClock: Clock = { nowMs: () => Date.now() };

/** A clock that runs on from wherever it was last put. */
export interface MovableClock extends Clock {
  /** Puts the clock to an instant, in milliseconds since the Unix epoch; it runs on from there. */
  setMs(instantMs: number): void;
  /** Moves the clock by a number of milliseconds, backwards if negative. */
  advanceMs(deltaMs: number): void;
  /** Back to the base clock. */
  reset(): void;
  /** How far it is ahead of the base clock, in milliseconds. */
  readonly offsetMs: number;
}

/**
 * A clock that follows `base` until it is moved. Give a base that stands still to freeze time.
 *
 * @example
 * const clock = createMovableClock();
 * clock.advanceMs(3_600_000); // every ID token minted so far has expired
 */
export function createMovableClock(base: Clock = systemClock): MovableClock {
  let offsetMs = 0;
  return {
    nowMs: () => base.nowMs() + offsetMs,
    setMs: (instantMs) => {
      offsetMs = instantMs - base.nowMs();
    },
    advanceMs: (deltaMs) => {
      offsetMs += deltaMs;
    },
    reset: () => {
      offsetMs = 0;
    },
    get offsetMs() {
      return offsetMs;
    },
  };
}
