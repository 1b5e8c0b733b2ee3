import { connectEmulator } from "../../emulator/control-client.ts";
import { writePrivateFile } from "../../emulator/private-file.ts";
import type { Execute } from "../command-line/command.ts";

export const execute: Execute = async ({ io, printer, settings, arguments: [file] }) => {
  const text = await (await connectEmulator(io.environment)).export({ secrets: settings.has("secrets") });
  if (file === undefined) {
    if (settings.format === "json") printer.json({ text });
    else printer.line(text.trimEnd());
    return;
  }
  await writePrivateFile(file, text);
  if (settings.format === "json") printer.json({ file });
  else printer.note(`[emulator] written to ${file}`);
};
