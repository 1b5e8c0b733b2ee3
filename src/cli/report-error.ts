import { RunpassError } from "../core/errors.ts";
import { redact } from "../core/redact.ts";
import { exitCodeOf, ownFailureBesideChild } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { styleOf } from "./printer.ts";

/** How an error is reported. */
export interface ReportOptions {
  /** `json` writes one JSON object, anything else lines for a person. */
  readonly format: string | undefined;
  /** The exit code belongs to another program. */
  readonly besideChild: boolean;
  /** Shows where an unexpected error came from. */
  readonly debug: boolean;
}

/** Says on stderr what happened, why, and how to go on. @returns the exit code. */
export function reportError(error: unknown, io: Io, options: ReportOptions): number {
  const { code, message, why, fix, retryable } = asRunpassError(error);
  const exitCode = options.besideChild ? ownFailureBesideChild : exitCodeOf(code);
  if (options.format === "json") {
    const json = JSON.stringify({ error: { code, message, why, fix, retryable, exitCode } }, null, 2);
    io.stderr.write(`${redact(json)}\n`);
    return exitCode;
  }
  const style = styleOf(io.stderr, io.environment);
  const lines = [
    `${style.red("error:")} ${oneLine(message)}`,
    ...(why === undefined ? [] : [`  ${style.dim("why:")} ${oneLine(why)}`]),
    ...(fix === undefined ? [] : [`  ${style.dim("fix:")} ${oneLine(fix)}`]),
    ...(options.debug && error instanceof Error ? [error.stack ?? ""] : []),
  ];
  io.stderr.write(`${redact(lines.join("\n"))}\n`);
  return exitCode;
}

function asRunpassError(error: unknown): RunpassError {
  if (error instanceof RunpassError) return error;
  return new RunpassError({
    code: "unexpected",
    message: "runpass itself failed",
    why: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    fix: "Run it again with --verbosity debug; if it stays, please report it with what it prints.",
    cause: error,
  });
}

/** A message of Google's may have several lines; ours never. */
function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ");
}
