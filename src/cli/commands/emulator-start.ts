import { RunpassError } from "../../core/errors.ts";
import { connectEmulator } from "../../emulator/control-client.ts";
import { createEmulator } from "../../emulator/create-emulator.ts";
import { removeStateFile, stateFilePath, writeStateFile } from "../../emulator/state-file.ts";
import type { Execute, Invocation } from "../command-line/command.ts";
import { startDetached } from "../start-detached.ts";
import { readWorldOption } from "../world-option.ts";

/** Where an emulator listens unless told otherwise. */
const defaultPort = 9470;

export const execute: Execute = async (invocation) => {
  const { io, settings } = invocation;
  const port = parsePort(settings.text("port"));
  await refuseSecond(invocation);
  const file = await readWorldOption(settings);
  const dataDir = settings.text("data");
  if (settings.has("detach")) {
    await startDetached(invocation, [
      "--port",
      String(port),
      ...(settings.has("passthrough") ? ["--passthrough"] : []),
      ...(dataDir === undefined ? [] : ["--data", dataDir]),
      ...(file === undefined ? [] : ["--world", file.path]),
    ]);
    return;
  }
  const options = {
    port,
    passthrough: settings.has("passthrough"),
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(file?.exported ? { exported: file.exported } : {}),
    parent: io.environment.variables,
    log: (line: string) => {
      if (settings.text("verbosity") !== "none") io.stderr.write(`${line}\n`);
    },
  };
  await using emulator = await createEmulator(file?.world, options);
  const path = stateFilePath(io.environment);
  const state = { url: emulator.url, pid: process.pid, adminSecret: emulator.adminSecret };
  const stopListening: (() => void)[] = [];
  const interrupted = new Promise<void>((resolve) => {
    stopListening.push(io.onSignal(() => resolve()));
  });
  try {
    await writeStateFile(path, state);
    announce(invocation, emulator.url);
    await Promise.race([interrupted, emulator.closed]);
    await emulator.close();
  } finally {
    await removeStateFile(path, state);
    for (const stop of stopListening) stop();
  }
};

function announce({ printer, settings }: Invocation, url: string): void {
  if (settings.format === "json") {
    printer.json({ url, pid: process.pid });
    return;
  }
  const { bold, dim } = printer.noteStyle;
  printer.note(`${bold("[emulator]")} ready at ${url}`);
  printer.note(`  ${dim("in another shell:")}  eval "$(runpass emulator env)"`);
  printer.note(`  ${dim("then, for example:")} runpass curl $RUN_SERVICE`);
  printer.note(`  ${dim("to end it:")}         Ctrl-C here, or runpass emulator stop`);
}

/** One emulator a state file: the others would not find a second one. */
async function refuseSecond({ io }: Invocation): Promise<void> {
  let url: string;
  try {
    ({ url } = await (await connectEmulator(io.environment)).status());
  } catch (error) {
    if (error instanceof RunpassError && error.code === "emulator_not_running") return;
    throw error;
  }
  throw new RunpassError({
    code: "already_exists",
    message: `an emulator is running already, at ${url}`,
    fix: "Use it (`runpass emulator env`), end it (`runpass emulator stop`), or start one apart: `runpass emulator exec`.",
  });
}

function parsePort(text: string | undefined): number {
  if (text === undefined) return defaultPort;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new RunpassError({
    code: "invalid_argument",
    message: `${JSON.stringify(text)} is no port`,
    fix: "Give a number up to 65535; 0 takes a free one.",
  });
}
