import type { Clock } from "../core/clock.ts";
import { RunpassError } from "../core/errors.ts";
import { isFresh } from "../credentials/freshness.ts";
import type { IdToken } from "../tokens/id-tokens.ts";
import type { ProxyEvent } from "./events.ts";

/** A token is not sent with less left than this: it has a way to go. */
const leastLeftMs = 10_000;

/** After a failure nobody asks again for so long: whoever needs a token meanwhile gets the same answer at once. */
const failureHoldsMs = 2_000;

/** A token that was refused is renewed once, and then not again for so long: the reason lies elsewhere. */
const refusalHoldsMs = 60_000;

/** Tokens of services that nobody has called for so long are not renewed ahead. */
const unusedMs = 60 * 60_000;

/** Gets an ID token. `isFresh`: a new one from Google, even where one that is still valid is at hand. */
export type FetchToken = (isFresh: boolean) => Promise<IdToken>;

/** What {@link createTokenSource} needs. */
export interface TokenSourceOptions {
  readonly service: string;
  readonly clock: Clock;
  readonly fetchToken: FetchToken;
  readonly onEvent: (event: ProxyEvent) => void;
}

/** The token of one service, kept valid: no request waits for it unless there is none. */
export interface TokenSource {
  /** The token at hand, if it is good; starts to renew it in time. */
  current(): IdToken | undefined;
  /** The same, or a new one. @throws {RunpassError} why none can be had. */
  get(): Promise<IdToken>;
  /** Whether a token that Google refused is worth another try with a new one. */
  mayRenew(refused: IdToken): boolean;
  /** A token other than the refused one. @throws {RunpassError} */
  renew(refused: IdToken): Promise<IdToken>;
  /** Renews ahead what is in use. @returns whether a new token came. */
  keepFresh(): Promise<boolean>;
  /** Why the last attempt failed, while it is so. */
  readonly failure: RunpassError | undefined;
  /** When the token at hand ends: milliseconds since the Unix epoch. */
  readonly expiresAtMs: number | undefined;
}

export function createTokenSource({ service, clock, fetchToken, onEvent }: TokenSourceOptions): TokenSource {
  let token: IdToken | undefined;
  let flight: Promise<IdToken> | undefined;
  let failure: { readonly error: RunpassError; readonly atMs: number } | undefined;
  let usedAtMs = clock.nowMs();
  let renewedAfterRefusalAtMs = Number.NEGATIVE_INFINITY;

  /** One at a time, whoever asks. */
  function fetchOne(fresh: boolean): Promise<IdToken> {
    flight ??= fetchAndKeep(fresh).finally(() => (flight = undefined));
    return flight;
  }

  async function fetchAndKeep(fresh: boolean): Promise<IdToken> {
    try {
      const fetched = await fetchToken(fresh);
      if (fetched.token !== token?.token) {
        const { expiresAtMs, principal, source } = fetched;
        onEvent({ type: "token", service, expiresAt: new Date(expiresAtMs).toISOString(), principal, source });
      }
      token = fetched;
      failure = undefined;
      return fetched;
    } catch (error) {
      const known = asRunpassError(error);
      failure = { error: known, atMs: clock.nowMs() };
      const { code, message, why, fix } = known;
      onEvent({ type: "token_failed", service, code, message, why, fix });
      throw known;
    }
  }

  function isGood({ expiresAtMs }: IdToken, nowMs: number): boolean {
    // One that seems to have hours left shows that the clock went back.
    return expiresAtMs - nowMs > leastLeftMs && (isFresh(expiresAtMs, nowMs) || expiresAtMs - nowMs < 10 * 60_000);
  }

  function hasFailedLately(nowMs: number): boolean {
    return failure !== undefined && Math.abs(nowMs - failure.atMs) < failureHoldsMs;
  }

  /** In the background: a failure is an event, and nobody's request fails of it. */
  async function renewAhead(): Promise<boolean> {
    const before = token?.token;
    try {
      return (await fetchOne(false)).token !== before;
    } catch {
      return false; // the event has been told
    }
  }

  function current(): IdToken | undefined {
    const nowMs = clock.nowMs();
    usedAtMs = nowMs;
    if (token === undefined || !isGood(token, nowMs)) return undefined;
    if (!isFresh(token.expiresAtMs, nowMs) && flight === undefined && !hasFailedLately(nowMs)) void renewAhead();
    return token;
  }

  return {
    current,
    get: async () => {
      const held = current();
      if (held !== undefined) return held;
      const nowMs = clock.nowMs();
      if (flight === undefined && failure !== undefined && hasFailedLately(nowMs)) throw failure.error;
      const fetched = await fetchOne(false);
      if (isGood(fetched, clock.nowMs())) return fetched;
      throw clockIsWrong(fetched);
    },
    mayRenew: (refused) =>
      (token !== undefined && token.token !== refused.token) ||
      Math.abs(clock.nowMs() - renewedAfterRefusalAtMs) > refusalHoldsMs,
    renew: async (refused) => {
      if (token !== undefined && token.token !== refused.token) return token;
      renewedAfterRefusalAtMs = clock.nowMs();
      return fetchOne(true);
    },
    keepFresh: async () => {
      const nowMs = clock.nowMs();
      if (token === undefined || isFresh(token.expiresAtMs, nowMs)) return false;
      if (nowMs - usedAtMs > unusedMs || hasFailedLately(nowMs)) return false;
      return renewAhead();
    },
    get failure() {
      return failure?.error;
    },
    get expiresAtMs() {
      return token?.expiresAtMs;
    },
  };
}

function asRunpassError(error: unknown): RunpassError {
  if (error instanceof RunpassError) return error;
  return new RunpassError({
    code: "unexpected",
    message: "The token could not be fetched",
    why: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    cause: error,
  });
}

function clockIsWrong({ expiresAtMs }: IdToken): RunpassError {
  return new RunpassError({
    code: "credentials_rejected",
    message: "The token that came has expired already",
    why: `it ended at ${new Date(expiresAtMs).toISOString()} by this machine's clock`,
    fix: "Set this machine's clock right",
  });
}
