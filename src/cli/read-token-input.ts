import { createReadStream } from "node:fs";
import { RunpassError } from "../core/errors.ts";
import type { Io } from "./io.ts";

/** Far more than any token has: Cloud Run's front end takes no header as long. */
const longestBytes = 100_000;

/**
 * Reads a token from a file, or from standard input (`-`, or no file). `Authorization: Bearer` in front of it is left out.
 *
 * @throws {RunpassError} `invalid_argument`.
 */
export async function readTokenInput(io: Io, file = "-"): Promise<string> {
  const isStdin = file === "-";
  if (isStdin && io.stdin.isTTY === true) {
    throw new RunpassError({
      code: "invalid_argument",
      message: "No token is given",
      fix: "Give it on standard input: runpass token | runpass verify, or with --token-file FILE",
    });
  }
  let text = "";
  try {
    for await (const chunk of isStdin ? io.stdin : createReadStream(file)) {
      text += String(chunk);
      if (text.length > longestBytes) break;
    }
  } catch (error) {
    throw new RunpassError({
      code: "invalid_argument",
      message: `${file} cannot be read`,
      why: (error as NodeJS.ErrnoException).code,
      fix: "Give a file that you may read with --token-file.",
    });
  }
  return text.trim().replace(/^(?:(?:x-serverless-)?authorization:\s*)?bearer\s+/i, "");
}
