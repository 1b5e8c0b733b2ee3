import { accessSync, constants } from "node:fs";
import { delimiter, join, resolve, sep } from "node:path";
import { readVariable } from "../../core/environment.ts";
import type { Io } from "../io.ts";

/**
 * The words by which a client starts this program, whose file says so for months.
 *
 * @param isShared whether the file goes with the project: it then holds no paths of this machine. Programs with windows, which
 *   have files of their own, start without a shell's PATH.
 */
export function howToStart(
  { self, environment }: Pick<Io, "self" | "environment">,
  isShared: boolean,
): readonly string[] {
  if (isShared && isOnPath("runpass", readVariable(environment, "PATH") ?? "")) return ["runpass"];
  const [, script = ""] = self;
  // npx keeps what it has fetched in a cache, where it may be gone or old another day.
  if (/[\\/]_npx[\\/]/.test(script)) return ["npx", "-y", "runpass"];
  if (isShared && script.startsWith(resolve("node_modules") + sep)) return ["npx", "--no", "runpass"]; // a dependency of the project
  return self;
}

function isOnPath(program: string, path: string): boolean {
  return path.split(delimiter).some((folder) => {
    if (/[\\/]node_modules[\\/]\.bin[\\/]?$/.test(folder)) return false; // npm's, for what it runs itself
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false; // not there
    }
  });
}
