import { writeSync } from "node:fs";
import { homedir } from "node:os";
import { systemClock } from "../core/clock.ts";
import { redact } from "../core/redact.ts";
import { run } from "./run.ts";
import type { Io, Output } from "./io.ts";
import { createOutput } from "./process-output.ts";

/** Runs this process's command line to its end, and ends the process. */
export async function start(): Promise<void> {
  hideWarnings();
  const [script = "", ...argv] = process.argv.slice(1);
  const stdout = createOutput(1, () => process.stdout, onOutputError);
  const stderr = createOutput(2, () => process.stderr, onOutputError);
  const exitCode = await run(argv, createIo(script, stdout, stderr));
  // Idle connections would keep the process for seconds, so it is ended, when all output is out.
  await Promise.all([stdout.flush(), stderr.flush()]);
  process.exit(exitCode);
}

/** This process as the command line sees it. Nothing is loaded or opened before it is used. */
function createIo(script: string, stdout: Output, stderr: Output): Io {
  return {
    environment: { variables: process.env, homeDir: homedir(), platform: process.platform },
    clock: systemClock,
    get stdin() {
      return process.stdin;
    },
    stdout,
    stderr,
    get spawn() {
      return process.getBuiltinModule("node:child_process").spawn;
    },
    self: [process.execPath, script],
    onSignal: (listener) => {
      const signals: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
      for (const signal of signals) process.on(signal, listener);
      return () => {
        for (const signal of signals) process.off(signal, listener);
      };
    },
  };
}

/** Nothing more can be said there. Whoever closes our output, as `head` does, knows: 141 is what a shell shows for SIGPIPE. */
function onOutputError(error: NodeJS.ErrnoException): never {
  if (error.code === "EPIPE") process.exit(141);
  const why = error.code === "ENOSPC" ? "no space is left on the device" : String(error.code);
  try {
    writeSync(2, `error: The output cannot be written\n  why: ${why}\n  fix: Write it somewhere else, or make room.\n`);
  } catch {
    // standard error may be what is full
  }
  process.exit(1);
}

/** Node.js tells users of experimental and deprecated parts of itself or of a library, which they can do nothing about. */
function hideWarnings(): void {
  process.removeAllListeners("warning");
  process.on("warning", ({ name, message }) => {
    if (name === "ExperimentalWarning" || name === "DeprecationWarning") return;
    process.stderr.write(redact(`${name}: ${message}\n`));
  });
}
