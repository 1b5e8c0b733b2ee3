import { RunpassError } from "../core/errors.ts";
import { readTextFile } from "../credentials/read-text-file.ts";
import type { Io } from "./io.ts";

/** Far more than any token has: Cloud Run's front end takes no header as long. */
const longestBytes = 100_000;

/**
 * Reads a token from a file, or from standard input (`-`, or no file). `Authorization: Bearer` in front of it is left out.
 *
 * @throws {RunpassError} `invalid_argument`.
 */
export async function readTokenInput(io: Io, file = "-"): Promise<string> {
  if (file === "-" && io.stdin.isTTY === true) {
    throw new RunpassError({
      code: "invalid_argument",
      message: "No token is given",
      fix: "Give it on standard input: runpass token | runpass verify, or with --token-file FILE",
    });
  }
  const text = file === "-" ? await readStdin(io) : readTextFile(file);
  if (typeof text !== "string") {
    throw new RunpassError({
      code: "invalid_argument",
      message: `${file} cannot be read`,
      why: text.reason,
      fix: "Give a file that you may read with --token-file",
    });
  }
  return text.trim().replace(/^(?:(?:x-serverless-)?authorization:\s*)?bearer\s+/i, "");
}

async function readStdin({ stdin }: Io): Promise<string> {
  let text = "";
  for await (const chunk of stdin) {
    text += String(chunk);
    if (text.length > longestBytes) break;
  }
  return text;
}
