import { delimiter, dirname } from "node:path";
import { readVariable } from "../../core/environment.ts";
import { connectEmulator } from "../../emulator/control-client.ts";
import type { Execute } from "../command-line/command.ts";
import { writeOwnCommand } from "../own-command.ts";
import { shellLines, shellSyntaxOf } from "../shell-lines.ts";
import type { ShellSyntax } from "../shell-lines.ts";

export const execute: Execute = async ({ io, printer, settings }) => {
  const control = await connectEmulator(io.environment);
  const variables = await control.environment();
  // All that the emulator wrote for its children is in one directory, which goes with it.
  const folder = await writeOwnCommand(dirname(variables["RUNPASS_CACHE_DIR"] ?? ""), io);
  if (settings.format === "json") {
    const path = [folder, readVariable(io.environment, "PATH")].filter((part) => part !== undefined).join(delimiter);
    const entries = Object.entries({ ...variables, PATH: path });
    printer.json(Object.fromEntries(entries.map(([name, value]) => [name, value ?? null])));
    return;
  }
  const shell = (settings.text("shell") as ShellSyntax | undefined) ?? shellSyntaxOf(io.environment.variables["SHELL"]);
  for (const line of shellLines(shell, variables, folder)) printer.line(line);
};
