import type { Clock } from "../core/clock.ts";
import type { ProxyEvent } from "./events.ts";
import type { Service } from "./service.ts";

const intervalMs = 5_000;

/** The clock of the day may run differently from the one that counts this process's time by so much. */
const jumpMs = 30_000;

/** How often connections with open streams are asked whether their other end is there. */
const checkEveryMs = 60_000;

/** How long they may take to answer. */
const answerMs = 10_000;

/** What {@link createWatch} needs. */
export interface WatchOptions {
  readonly clock: Clock;
  services(): readonly Service[];
  streams(): number;
  readonly onEvent: (event: ProxyEvent) => void;
}

/** Looks after what passes with time: tokens that end, a machine that slept, connections that died in silence. */
export interface Watch {
  tick(): Promise<void>;
  stop(): void;
}

export function createWatch({ clock, services, streams, onEvent }: WatchOptions): Watch {
  let wallMs = clock.nowMs();
  let processMs = performance.now();
  let checkedMs = processMs;
  // While the machine sleeps, the clock of the day goes on and the process's does not.
  const timer = setInterval(() => void tick(), intervalMs);
  timer.unref();

  async function tick(): Promise<void> {
    const elapsedMs = performance.now() - processMs;
    const jumpedMs = clock.nowMs() - wallMs - elapsedMs;
    processMs += elapsedMs;
    wallMs += elapsedMs + jumpedMs;
    const hasJumped = Math.abs(jumpedMs) > jumpMs;
    const isTimeToCheck = hasJumped || processMs - checkedMs > checkEveryMs;
    if (isTimeToCheck) checkedMs = processMs;
    const all = services();
    const [renewed, lost] = await Promise.all([
      Promise.all(all.map(({ tokens }) => tokens.keepFresh())),
      isTimeToCheck ? Promise.all(all.map(({ upstream }) => upstream.check(answerMs))) : [],
    ]);
    if (!hasJumped) return;
    onEvent({
      type: "woke",
      jumpMs: Math.round(jumpedMs),
      tokensRenewed: renewed.filter(Boolean).length,
      streamsKept: streams(),
      connectionsLost: lost.reduce((sum, count) => sum + count, 0),
    });
  }

  return { tick, stop: () => clearInterval(timer) };
}
