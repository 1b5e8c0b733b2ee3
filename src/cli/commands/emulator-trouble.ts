import { randomInt } from "node:crypto";
import { RunpassError } from "../../core/errors.ts";
import { connectEmulator } from "../../emulator/control-client.ts";
import type { TroubleChange } from "../../emulator/world/world-trouble.ts";
import type { Execute } from "../command-line/command.ts";

export const execute: Execute = async ({ io, printer, settings, arguments: words }) => {
  const change = words.length === 0 ? undefined : parseTroubleChange(words);
  const { propagationSeconds = 0, rough } = await (await connectEmulator(io.environment)).trouble(change);
  if (settings.format === "json") {
    printer.json({ propagationSeconds, rough: rough ?? null });
    return;
  }
  printer.line(propagationSeconds > 0 ? `policies take ${propagationSeconds} s` : "policies take no time");
  printer.line(rough ? `rough mode, seed ${rough.seed}` : "no rough mode");
};

/** Reads `propagation 120`, `rough`, `rough 42` or `calm`. */
export function parseTroubleChange([what, value, ...more]: readonly string[]): TroubleChange {
  const number = value !== undefined && /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : undefined;
  if (more.length === 0) {
    if (what === "calm" && value === undefined) return { propagationSeconds: 0, rough: null };
    if (what === "propagation" && number !== undefined) return { propagationSeconds: number };
    if (what === "rough" && value === undefined) return { rough: { seed: randomInt(1_000_000) } };
    if (what === "rough" && number !== undefined) return { rough: { seed: number } };
  }
  throw new RunpassError({
    code: "invalid_argument",
    message: `${JSON.stringify([what, value, ...more].join(" ").trim())} is no change of the emulator's trouble`,
    fix: "Give propagation SECONDS, rough [SEED] or calm.",
  });
}
