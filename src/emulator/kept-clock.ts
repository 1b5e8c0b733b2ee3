import type { MovableClock } from "../core/clock.ts";
import { clockKind } from "./state/records.ts";
import type { Store } from "./state/store.ts";

/** Puts a clock to where it was left, and keeps every move of it. */
export function keepClock(clock: MovableClock, store: Store): MovableClock {
  const kept = store.get(clockKind, "clock")?.value;
  if (kept) clock.advanceMs(kept.offsetMs - clock.offsetMs);
  const keep = (): void => void store.put(clockKind, "clock", { offsetMs: clock.offsetMs });
  return {
    nowMs: () => clock.nowMs(),
    get offsetMs() {
      return clock.offsetMs;
    },
    setMs: (instantMs) => {
      clock.setMs(instantMs);
      keep();
    },
    advanceMs: (deltaMs) => {
      clock.advanceMs(deltaMs);
      keep();
    },
    reset: () => {
      clock.reset();
      keep();
    },
  };
}
