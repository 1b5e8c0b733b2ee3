import type { Answer, Context } from "../core/context.ts";
import type { RunpassError } from "../core/errors.ts";
import { describeError, failed, passed, unknown } from "./finding.ts";
import type { Finding } from "./finding.ts";

/** What time it is there and here, in milliseconds since the Unix epoch, at one moment. */
export interface ClockSample {
  readonly host: string;
  readonly theirsMs: number;
  readonly oursMs: number;
}

/** How far a clock may be off before tokens suffer: well below the five minutes that Google's libraries forgive. */
const tolerableSkewMs = 60_000;

/** The same context, in which the first answer's `Date` is remembered. */
export function watchClock(context: Context): {
  readonly watched: Context;
  readonly sample: () => ClockSample | undefined;
} {
  let first: ClockSample | undefined;
  const watched: Context = {
    ...context,
    fetch: async (url, init) => {
      const response = await context.fetch(url, init);
      first ??= sampleOf(new URL(url).host, response, context);
      return response;
    },
  };
  return { watched, sample: () => first };
}

function sampleOf(host: string, { headers }: Answer, { clock }: Context): ClockSample | undefined {
  const theirsMs = Date.parse(headers.get("date") ?? "");
  return Number.isNaN(theirsMs) ? undefined : { host, theirsMs, oursMs: clock.nowMs() };
}

/** @param error of the credentials: Google says of some tokens that their times are off. */
export function judgeClock(sample: ClockSample | undefined, error: RunpassError | undefined): Finding {
  if (error?.code === "clock_skew") return failed("clock", describeError(error));
  if (!sample) return unknown("clock", "no answer says what time it is there");
  const offMs = sample.oursMs - sample.theirsMs;
  const seconds = Math.round(Math.abs(offMs) / 1000);
  return Math.abs(offMs) <= tolerableSkewMs
    ? passed("clock", `this machine's clock agrees with that of ${sample.host}`)
    : failed(
        "clock",
        `this machine's clock is ${seconds} s ${offMs > 0 ? "ahead of" : "behind"} that of ${sample.host}`,
      );
}
