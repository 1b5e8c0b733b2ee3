import { connectEmulator } from "../../emulator/control-client.ts";
import type { Execute } from "../command-line/command.ts";

export const execute: Execute = async ({ io, printer, settings }) => {
  const control = await connectEmulator(io.environment);
  await control.reset();
  if (settings.format === "json") printer.json({ url: control.url, reset: true });
  else printer.note(`[emulator] ${control.url} is back to its first state`);
};
