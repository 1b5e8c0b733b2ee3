import { readFile } from "node:fs/promises";
import { RunpassError } from "../core/errors.ts";

/** The file that is read where none is named. */
export const usualFile = "runpass.yaml";

/**
 * Reads a file that the user named.
 *
 * @param fix How to go on without it, for the error.
 * @throws {RunpassError} `not_found`, or `invalid_argument` where it cannot be read.
 */
export async function readNamedFile(name: string, fix: string): Promise<string> {
  try {
    return await readFile(name, "utf8");
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new RunpassError({
      code: isMissing ? "not_found" : "invalid_argument",
      message: isMissing ? `${name} does not exist` : `${name} cannot be read`,
      why: isMissing ? undefined : (cause as Error).message,
      fix,
      cause,
    });
  }
}

/** The same for a file that is read where there is one: `undefined` where there is none. */
export async function readUsualFile(name: string, fix: string): Promise<string | undefined> {
  try {
    return await readNamedFile(name, fix);
  } catch (error) {
    if (error instanceof RunpassError && error.code === "not_found") return undefined;
    throw error;
  }
}
