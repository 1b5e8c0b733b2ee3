import { resolve } from "node:path";
import { RunpassError } from "../core/errors.ts";
import { parseWorldFile } from "../emulator/world/world-file.ts";
import type { World } from "../emulator/world/world.ts";
import { readNamedFile, readUsualFile, usualFile } from "./read-named-file.ts";
import type { Settings } from "./command-line/settings.ts";

/** A world that a file describes. */
export interface WorldOption {
  readonly path: string;
  readonly world: World;
  /** The file itself, where it is an export and holds more than a world. */
  readonly exported?: { readonly text: string; readonly name: string };
}

/**
 * Reads the world of `--world`, else of `./runpass.yaml` where that has a section `emulator`.
 *
 * @throws {RunpassError} `not_found` when the named file does not exist; `invalid_argument` with file, line and reason when it
 * describes no world.
 */
export async function readWorldOption(settings: Settings): Promise<WorldOption | undefined> {
  const named = settings.text("world");
  const name = named ?? usualFile;
  const fix = "Name a file that describes a world: docs/world.md";
  const text = await (named === undefined ? readUsualFile(name, fix) : readNamedFile(name, fix));
  if (text === undefined) return undefined;
  const parsed = await parseWorldFile(text, name);
  if (parsed) {
    const isExport = Object.keys({ ...parsed.state, ...parsed.secrets }).length > 0;
    return { path: resolve(name), world: parsed.world, ...(isExport ? { exported: { text, name } } : {}) };
  }
  if (named === undefined) return undefined;
  throw new RunpassError({
    code: "invalid_argument",
    message: `${name} describes no world`,
    why: "it has no section emulator",
    fix: "What it may say: docs/world.md",
  });
}
