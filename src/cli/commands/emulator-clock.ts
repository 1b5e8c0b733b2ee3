import { RunpassError } from "../../core/errors.ts";
import { connectEmulator } from "../../emulator/control-client.ts";
import type { ClockChange } from "../../emulator/control.ts";
import type { Execute } from "../command.ts";

export const execute: Execute = async ({ io, printer, settings, arguments: [text] }) => {
  const change = text === undefined ? undefined : parseClockChange(text);
  const time = await (await connectEmulator(io.environment)).clock(change);
  if (settings.format === "json") printer.json({ time });
  else printer.line(time);
};

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads `reset`, `+2h`, `-90s` or an RFC 3339 time. */
export function parseClockChange(text: string): ClockChange {
  if (text === "reset") return { reset: true };
  const [, sign, amount, unit] = /^([+-])(\d+)([smhd])$/.exec(text) ?? [];
  if (unit !== undefined) return { advanceMs: Number(`${sign}${amount}`) * (unitMs[unit] ?? 0) };
  const instantMs = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(instantMs)) return { to: new Date(instantMs).toISOString() };
  throw new RunpassError({
    code: "invalid_argument",
    message: `${JSON.stringify(text)} is no change of a clock`,
    fix: "Give for example +2h, -90s, 2030-01-01T00:00:00Z or reset.",
  });
}
