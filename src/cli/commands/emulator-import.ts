import { readFile } from "node:fs/promises";
import { RunpassError } from "../../core/errors.ts";
import { connectEmulator } from "../../emulator/control-client.ts";
import type { Execute } from "../command.ts";

export const execute: Execute = async ({ io, printer, settings, arguments: [file = ""] }) => {
  const control = await connectEmulator(io.environment);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new RunpassError({
      code: isMissing ? "not_found" : "invalid_argument",
      message: isMissing ? `${file} does not exist` : `${file} cannot be read`,
      why: isMissing ? undefined : (cause as Error).message,
      fix: "Name a file that `runpass emulator export` wrote, or a runpass.yaml.",
      cause,
    });
  }
  await control.import(text, file);
  if (settings.format === "json") printer.json({ url: control.url, file });
  else printer.note(`[emulator] ${control.url} now is as ${file} says`);
};
