import { RunpassError } from "../../core/errors.ts";
import { connectEmulator } from "../../emulator/control-client.ts";
import type { Execute } from "../command-line/command.ts";
import { parseDurationMs } from "../duration.ts";

export const execute: Execute = async ({ io, printer, settings, arguments: [text] }) => {
  const rotation = await (await connectEmulator(io.environment)).rotateKeys(parseLead(text));
  if (settings.format === "json") printer.json(rotation);
  else printer.note(`[emulator] key ${rotation.kid} is published now and signs from ${rotation.signsFrom}`);
};

function parseLead(text: string | undefined): number | undefined {
  const leadMs = text === undefined ? undefined : parseDurationMs(text);
  if (text === undefined || leadMs !== undefined) return leadMs;
  throw new RunpassError({
    code: "invalid_argument",
    message: `${JSON.stringify(text)} is no span of time`,
    fix: "Give for example 0s, 90m or 6h.",
  });
}
