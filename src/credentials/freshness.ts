/** Tokens are renewed this long before they expire, so that none expires on its way. */
const renewAheadMs = 5 * 60_000;

/** No token here lives longer than an hour. One that seems to have more left shows that the clock went back. */
const longestLeftMs = 2 * 60 * 60_000;

/** Whether a token that expires at an instant (milliseconds since the Unix epoch) is good for use without asking for another. */
export function isFresh(expiresAtMs: number, nowMs: number): boolean {
  const leftMs = expiresAtMs - nowMs;
  return leftMs > renewAheadMs && leftMs <= longestLeftMs;
}
