import { rmSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { loadSqlite } from "../core/sqlite.ts";

/** Whoever has waited long looks less often: hundreds that wait would leave the one that works no processor. */
const pollAfterMs = (waitedMs: number): number => Math.min(20 + waitedMs / 5, 200);

export interface LockOptions {
  /** How long to wait for another process before going on without it: it may have been stopped. Default 30,000. */
  readonly patienceMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `action` while no other process does so with the same lock file. Whoever waits looks at `alternative` again and again,
 * and takes what it gives instead. The lock is SQLite's on an empty database: the operating system gives it up when the process
 * dies, so there are no stale locks to guess about.
 *
 * @param file `undefined`, or one that cannot be locked: the action runs at once.
 */
export async function withLock<T>(
  file: string | undefined,
  alternative: () => T | undefined,
  action: () => Promise<T>,
  { patienceMs = 30_000, signal }: LockOptions = {},
): Promise<T> {
  const startMs = performance.now();
  for (;;) {
    const lock = file === undefined ? "unavailable" : tryLock(file);
    if (lock === "unavailable" || (lock === "taken" && performance.now() - startMs > patienceMs)) return action();
    if (lock !== "taken") {
      try {
        return alternative() ?? (await action());
      } finally {
        lock.close();
      }
    }
    // Not all at the same instant
    await wait(pollAfterMs(performance.now() - startMs) * (0.5 + Math.random()), undefined, signal ? { signal } : {});
    const found = alternative();
    if (found !== undefined) return found;
  }
}

function tryLock(file: string): { close(): void } | "taken" | "unavailable" {
  const { DatabaseSync } = loadSqlite();
  let database: InstanceType<typeof DatabaseSync> | undefined;
  try {
    database = new DatabaseSync(file, { timeout: 0 });
    database.exec("BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database?.close();
    const primaryCode = ((error as { errcode?: number }).errcode ?? 0) % 256;
    if (primaryCode === SQLITE_BUSY) return "taken";
    if (primaryCode === SQLITE_CORRUPT || primaryCode === SQLITE_NOTADB) removeDamaged(file);
    return "unavailable";
  }
}

/** Primary result codes. Source: SQLite, "Result and Error Codes". */
const [SQLITE_BUSY, SQLITE_CORRUPT, SQLITE_NOTADB] = [5, 11, 26];

/** The next one makes a new one: else nobody would ever wait for another again. */
function removeDamaged(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // it cannot be mended, and is of no use: then each goes on alone
  }
}
