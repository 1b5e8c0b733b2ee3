const units: readonly (readonly [lengthMs: number, sign: string])[] = [
  [24 * 60 * 60_000, "d"],
  [60 * 60_000, "h"],
  [60_000, "min"],
  [1_000, "s"],
];

/** `in 52 min`, `3 min ago`, `now`: an instant as seen from another, both in milliseconds since the Unix epoch; rounded down. */
export function sayWhen(instantMs: number, nowMs: number): string {
  const distanceMs = Math.abs(instantMs - nowMs);
  // In the largest unit of which there are two at least: 90 min says more than 1 h.
  const [lengthMs, sign] = units.find(([length]) => distanceMs >= 2 * length) ?? [1_000, "s"];
  const amount = Math.floor(distanceMs / lengthMs);
  if (amount === 0) return "now";
  return instantMs > nowMs ? `in ${amount} ${sign}` : `${amount} ${sign} ago`;
}

/** `expires in 52 min`, `expired 3 min ago`. */
export function sayExpiry(expiresAtMs: number, nowMs: number): string {
  return `${expiresAtMs > nowMs ? "expires" : "expired"} ${sayWhen(expiresAtMs, nowMs)}`;
}
