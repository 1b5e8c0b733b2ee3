import { connectEmulator } from "../../emulator/control-client.ts";
import type { Execute } from "../command-line/command.ts";
import { readNamedFile } from "../read-named-file.ts";

export const execute: Execute = async ({ io, printer, settings, arguments: [file = ""] }) => {
  const control = await connectEmulator(io.environment);
  const text = await readNamedFile(file, "Name a file that `runpass emulator export` wrote, or a runpass.yaml.");
  await control.import(text, file);
  if (settings.format === "json") printer.json({ url: control.url, file });
  else printer.note(`[emulator] ${control.url} now is as ${file} says`);
};
