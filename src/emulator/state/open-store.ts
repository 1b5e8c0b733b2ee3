import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join, resolve } from "node:path";
import { RunpassError } from "../../core/errors.ts";
import { DamagedDatabase, openSqliteJournal } from "./sqlite-journal.ts";
import { createStore } from "./store.ts";
import type { Store } from "./store.ts";

/** The database's name in a data directory. */
const fileName = "state.db";

/**
 * Opens the store of a data directory, made 0700 where it is missing; without one, a store that lives as long as the process.
 *
 * @throws {RunpassError} `state_unusable`. A damaged database is set aside first, under a name that the error gives, and
 * nothing takes its place.
 */
export function openStore(dataDir?: string): Store {
  if (dataDir === undefined) return createStore();
  const path = join(resolve(dataDir), fileName);
  try {
    mkdirSync(resolve(dataDir), { recursive: true, mode: 0o700 });
    return createStore(openSqliteJournal(path));
  } catch (error) {
    if (error instanceof RunpassError) throw error;
    if (error instanceof DamagedDatabase) throw setAside(path, error);
    throw new RunpassError({
      code: "state_unusable",
      message: `The emulator cannot keep its state in ${dataDir}`,
      why: (error as Error).message,
      fix: "Give another directory with --data.",
      cause: error,
    });
  }
}

/** Renames a damaged database with its log, so that both can be looked at and neither is overwritten. */
function setAside(path: string, cause: DamagedDatabase): RunpassError {
  let target = `${path}.damaged`;
  for (let count = 2; existsSync(target); count += 1) target = `${path}.damaged-${count}`;
  renameSync(path, target);
  if (existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${target}-wal`);
  return new RunpassError({
    code: "state_unusable",
    message: "The emulator's stored state is damaged",
    why: cause.message,
    fix: `It is set aside as ${target}. Start again to begin with a fresh world, or bring an export back with \`runpass emulator import\`.`,
    cause,
  });
}
