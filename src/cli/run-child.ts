import { constants } from "node:os";
import { RunpassError } from "../core/errors.ts";
import type { Io } from "./io.ts";

/**
 * Runs another program on our own terminal, passes signals on to it, and waits for its end.
 *
 * @returns its exit code, or 128 and the number of the signal that ended it, as shells have it.
 * @throws {RunpassError} `child_not_started`.
 */
export async function runChild(
  io: Io,
  command: string,
  words: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const child = io.spawn(command, [...words], { stdio: "inherit", env: variables });
  const stopPassingOn = io.onSignal((signal) => {
    // The terminal sends Ctrl-C to all its programs, the child among them: a second one would be one too many.
    if (signal !== "SIGINT" || io.stdin.isTTY !== true) child.kill(signal);
  });
  try {
    return await new Promise<number>((resolve, reject) => {
      child.on("error", (cause) => reject(notStarted(command, cause)));
      child.on("close", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    });
  } finally {
    stopPassingOn();
  }
}

function notStarted(command: string, cause: Error): RunpassError {
  const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
  return new RunpassError({
    code: "child_not_started",
    message: `${command} could not be started`,
    why: missing ? "there is no such program on PATH" : cause.message,
    fix: "Check the command after --.",
    cause,
  });
}
