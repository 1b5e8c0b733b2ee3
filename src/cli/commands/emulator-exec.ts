import { mkdtemp, rm } from "node:fs/promises";
import { constants, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { readVariable } from "../../core/environment.ts";
import { createEmulator } from "../../emulator/create-emulator.ts";
import type { Execute, Invocation } from "../command-line/command.ts";
import { writeOwnCommand } from "../own-command.ts";
import { runChild } from "../run-child.ts";
import { readWorldOption } from "../world-option.ts";

export const execute: Execute = async (invocation) => {
  const { io, settings, arguments: words } = invocation;
  let interruptedBy: NodeJS.Signals | undefined;
  const stopListening = io.onSignal((signal) => {
    interruptedBy ??= signal;
  });
  const file = await readWorldOption(settings);
  const directory = await mkdtemp(join(tmpdir(), "runpass-"));
  try {
    const dataDir = settings.text("data");
    const options = {
      passthrough: settings.has("passthrough"),
      ...(dataDir === undefined ? {} : { dataDir }),
      ...(file?.exported ? { exported: file.exported } : {}),
      parent: io.environment.variables,
      log: (line: string) => void io.stderr.write(`${line}\n`),
    };
    await using emulator = await createEmulator(file?.world, options);
    const parent = io.environment.variables;
    const account = settings.text("metadata");
    const metadata = account === undefined ? undefined : await emulator.startMetadataServer({ account });
    const variables = { ...(await emulator.prepareEnvironment(directory, parent)), ...metadata?.variables };
    const folder = await writeOwnCommand(directory, io);
    const path = [folder, readVariable(io.environment, "PATH")].filter((part) => part !== undefined).join(delimiter);
    const [command = defaultShell(invocation), ...rest] = words;
    if (interruptedBy !== undefined) return 128 + constants.signals[interruptedBy];
    if (words.length === 0) greet(invocation, emulator.url);
    return await runChild(io, command, rest, { ...parent, ...variables, PATH: path });
  } finally {
    await rm(directory, { recursive: true, force: true });
    stopListening();
  }
};

function defaultShell({ io }: Invocation): string {
  const isWindows = io.environment.platform === "win32";
  return readVariable(io.environment, isWindows ? "ComSpec" : "SHELL") ?? (isWindows ? "cmd.exe" : "/bin/sh");
}

function greet({ io, printer, settings }: Invocation, url: string): void {
  if (settings.quiet || io.stdin.isTTY !== true) return;
  const { bold, dim } = printer.noteStyle;
  printer.note(`${bold("[emulator]")} gcloud, curl and runpass in this shell talk to ${url}`);
  printer.note(`  ${dim("try:")}       runpass curl $RUN_SERVICE`);
  printer.note(`  ${dim("to leave:")}  exit`);
}
