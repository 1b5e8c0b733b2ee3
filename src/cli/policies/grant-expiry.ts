import { expiryCondition } from "../../access/expiry.ts";
import { RunpassError } from "../../core/errors.ts";
import type { Condition } from "../../google/policy.ts";
import type { Invocation } from "../command-line/command.ts";
import { parseDurationMs } from "../duration.ts";
import type { Session } from "../session.ts";

/**
 * The condition that `--for` or `--until` asks for, its title saying who grants it and why.
 *
 * @returns `undefined` for a grant for good.
 * @throws {RunpassError} `invalid_argument`.
 */
export async function expiryAskedFor({ io, settings }: Invocation, session: Session): Promise<Condition | undefined> {
  const duration = settings.text("for");
  const until = settings.text("until");
  const reason = settings.text("reason");
  const nowMs = io.clock.nowMs();
  if (duration !== undefined && until !== undefined) {
    throw wrong("--for and --until do not go together", "each says when the grant ends", "Leave one of them out.");
  }
  if (duration === undefined && until === undefined) {
    if (reason === undefined) return undefined;
    throw wrong(
      "--reason goes with --for or --until only",
      "IAM keeps it in the title of a condition, and a grant for good has none",
      "Say when the grant ends, for example --for 2h, or leave --reason out.",
    );
  }
  if (reason !== undefined && /\p{Cc}/u.test(reason)) {
    throw wrong("--reason holds a control character", undefined, "Give one line of text.");
  }
  const untilMs = duration === undefined ? parseUntilMs(until ?? "") : endOf(duration, nowMs);
  if (untilMs <= nowMs) {
    throw wrong(
      `The grant would have ended before it begins: ${new Date(untilMs).toISOString()}`,
      `it is ${new Date(nowMs).toISOString()} now`,
      "Give a moment that is to come.",
    );
  }
  const self = await session.self();
  return expiryCondition({ untilMs, by: self?.slice(self.indexOf(":") + 1) ?? "runpass", reason });
}

function endOf(duration: string, nowMs: number): number {
  const lengthMs = parseDurationMs(duration);
  // In whole seconds, as IAM is told: never longer than asked for.
  const untilMs = Math.floor((nowMs + (lengthMs ?? Number.NaN)) / 1000) * 1000;
  if (untilMs <= latestMs) return untilMs;
  throw wrong(`${JSON.stringify(duration)} is no length of time`, undefined, "Give for example 30m, 2h or 7d.");
}

/** The year 9999 is the last that a timestamp of CEL has. */
const latestMs = Date.parse("9999-12-31T23:59:59Z");

/** A day means its beginning, in UTC; a time must say its zone, which would be guessed otherwise. */
function parseUntilMs(text: string): number {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text);
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/.test(text);
  const untilMs = isDay || isTime ? Date.parse(text) : Number.NaN;
  if (untilMs <= latestMs) return Math.floor(untilMs / 1000) * 1000;
  throw wrong(
    `${JSON.stringify(text)} is no date`,
    undefined,
    "Give for example 2030-12-31 (its beginning, in UTC) or 2030-12-31T18:00:00Z.",
  );
}

function wrong(message: string, why: string | undefined, fix: string): RunpassError {
  return new RunpassError({ code: "invalid_argument", message, why, fix });
}
