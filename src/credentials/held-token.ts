import type { Clock } from "../core/clock.ts";
import { isFresh } from "./freshness.ts";

/** A token, or several, that expire at one instant. */
export interface Expiring {
  /** Milliseconds since the Unix epoch. */
  readonly expiresAtMs: number;
}

/** An access token for Google's APIs. */
export interface AccessToken extends Expiring {
  readonly token: string;
}

/**
 * Keeps what `fetch` brought for as long as it is fresh. Whoever asks while a request is under way gets what that brings.
 *
 * @returns a function that gives what is kept, or fetches anew: always where it is asked to.
 */
export function hold<T extends Expiring>(clock: Clock, fetch: () => Promise<T>): (fresh?: boolean) => Promise<T> {
  let pending: Promise<T> | undefined;
  let latest: T | undefined;
  return async (fresh = false) => {
    if (!fresh && latest && isFresh(latest.expiresAtMs, clock.nowMs())) return latest;
    pending ??= fetch().finally(() => {
      pending = undefined;
    });
    latest = await pending;
    return latest;
  };
}
