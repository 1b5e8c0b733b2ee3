import { renameSync, rmSync, writeFileSync } from "node:fs";

/**
 * Writes a file that only its owner may read unless `mode` says otherwise, under another name first: a reader never sees half of it, and a process
 * that is killed leaves none.
 *
 * @throws as `node:fs` does; nothing is left behind then.
 */
export function writeWhole(file: string, content: string, mode = 0o600): void {
  const temporary = `${file}.${crypto.randomUUID()}.tmp`;
  try {
    writeFileSync(temporary, content, { mode, flag: "wx" });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
