import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Io } from "./io.ts";

/**
 * Puts a command `runpass` into `directory` that starts this very program, with this very Node.js: a checkout has none on PATH, and
 * another shell may find an older Node.js.
 *
 * @returns the folder to put on PATH.
 */
export async function writeOwnCommand(directory: string, io: Io): Promise<string> {
  const folder = join(directory, "bin");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (io.environment.platform === "win32") {
    await writeFile(join(folder, "runpass.cmd"), `@${io.self.map((word) => `"${word}"`).join(" ")} %*\r\n`);
    return folder;
  }
  const file = join(folder, "runpass");
  await writeFile(file, `#!/bin/sh\nexec ${io.self.map(quotePosix).join(" ")} "$@"\n`, { mode: 0o700 });
  await chmod(file, 0o700); // whatever the umask
  return folder;
}

/** A word as a POSIX shell reads it back. */
export function quotePosix(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
