import { RunpassError } from "../../core/errors.ts";
import { connectEmulator } from "../../emulator/control-client.ts";
import type { ClockChange } from "../../emulator/control.ts";
import type { Execute } from "../command-line/command.ts";
import { parseDurationMs } from "../duration.ts";

export const execute: Execute = async ({ io, printer, settings, arguments: words }) => {
  const change = words.length === 0 ? undefined : parseClockChange(words.join(" "));
  const time = await (await connectEmulator(io.environment)).clock(change);
  if (settings.format === "json") printer.json({ time });
  else printer.line(time);
};

/** Reads `reset`, `+2h`, `advance 2h`, `-90s`, `set TIME` or an RFC 3339 time alone; a date is its first moment in UTC. */
export function parseClockChange(words: string): ClockChange {
  const text = words.replace(/^advance \+?(?=\d)/, "+").replace(/^(?:advance|set) (?=[-\d])/, "");
  if (text === "reset") return { reset: true };
  const deltaMs = /^[+-]/.test(text) ? parseDurationMs(text.slice(1)) : undefined;
  if (deltaMs !== undefined) return { advanceMs: text.startsWith("-") ? -deltaMs : deltaMs };
  const instantMs = /^\d{4}-\d\d-\d\d(?:T|$)/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(instantMs)) return { to: new Date(instantMs).toISOString() };
  throw new RunpassError({
    code: "invalid_argument",
    message: `${JSON.stringify(words)} is no change of a clock`,
    fix: "Give for example +2h, -90s, 2030-01-01, 2030-01-01T00:00:00Z or reset.",
  });
}
