import { RunpassError } from "../../core/errors.ts";
import { connectEmulator } from "../../emulator/control-client.ts";
import type { Execute } from "../command-line/command.ts";
import { readNamedFile } from "../read-named-file.ts";

export const execute: Execute = async ({ io, printer, settings, arguments: [file = ""] }) => {
  const control = await connectEmulator(io.environment);
  const fix = "Name a file that `runpass emulator export` wrote, or a runpass.yaml.";
  const text = await readNamedFile(file, fix);
  // As a world it would be the default one; but here it takes the place of all that is, and comes of an export that failed.
  if (text.trim() === "") throw new RunpassError({ code: "invalid_argument", message: `${file} is empty`, fix });
  await control.import(text, file);
  if (settings.format === "json") printer.json({ url: control.url, file });
  else printer.note(`[emulator] ${control.url} now is as ${file} says`);
};
