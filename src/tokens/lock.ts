import { setTimeout as wait } from "node:timers/promises";
import { loadSqlite } from "../core/sqlite.ts";

/** How long to wait for another process before going on without it. */
const patienceMs = 30_000;
const pollMs = 20;

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
  signal?: AbortSignal,
): Promise<T> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    const lock = file === undefined ? "unavailable" : tryLock(file);
    if (lock === "unavailable" || (lock === "taken" && performance.now() > endMs)) return action();
    if (lock !== "taken") {
      try {
        return alternative() ?? (await action());
      } finally {
        lock.close();
      }
    }
    // Not all at the same instant
    await wait(pollMs * (0.5 + Math.random()), undefined, signal ? { signal } : {});
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
    // SQLITE_BUSY, by its primary result code
    return ((error as { errcode?: number }).errcode ?? 0) % 256 === 5 ? "taken" : "unavailable";
  }
}
