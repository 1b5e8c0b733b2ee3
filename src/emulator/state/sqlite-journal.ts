import { chmodSync, closeSync, existsSync, linkSync, openSync, rmSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { RunpassError } from "../../core/errors.ts";
import { loadSqlite } from "../../core/sqlite.ts";
import type { Journal, StoreEntry } from "./store.ts";

/** "RNPS": tells our databases from those of other programs. */
const applicationId = 0x524e5053;

/** Grows with every change of the table below or of what the records hold that an older version could not read. */
const schemaVersion = 1;

/** `position` keeps the order of first writes; `checksum` is what SQLite does not have: a changed byte is found. */
const schema = `
  CREATE TABLE entries (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    etag TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    UNIQUE (kind, key)
  ) STRICT;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${schemaVersion};
`;

/** Thrown for a file that was a database of ours, or should be one, and cannot be trusted any more. */
export class DamagedDatabase extends Error {
  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.name = "DamagedDatabase";
  }
}

type Write = Parameters<Journal["append"]>[0];

interface Batch {
  readonly writes: Write[];
  readonly done: PromiseWithResolvers<void>;
}

/**
 * Opens or makes a database that keeps a store. It belongs to this process alone until it is closed. The writes of one turn of
 * the event loop are one transaction, on the disk (`synchronous = FULL`) before any of them is acknowledged.
 *
 * @param path The file; made 0600. Its write-ahead log lies beside it with the same rights.
 * @throws {DamagedDatabase} when what is there cannot be read in full.
 * @throws {RunpassError} `state_unusable` when another emulator has it, a newer version wrote it, or it is not ours.
 */
export function openSqliteJournal(path: string): Journal {
  if (!existsSync(path)) createDatabase(path);
  chmodSync(path, 0o600);
  const database = new (loadSqlite().DatabaseSync)(path);
  try {
    return createJournal(database, readDatabase(database, path), path);
  } catch (error) {
    database.close();
    throw explain(error, path);
  }
}

/** Under another name first: a database at `path` without a table is then one that lost it, not one that was never finished. */
function createDatabase(path: string): void {
  const fresh = `${path}.${process.pid}.new`;
  rmSync(fresh, { force: true });
  closeSync(openSync(fresh, "wx", 0o600));
  try {
    const database = new (loadSqlite().DatabaseSync)(fresh);
    database.exec(`BEGIN; ${schema} COMMIT;`);
    database.close();
    linkSync(fresh, path); // unlike a rename it does not replace one that another process has made meanwhile
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(fresh);
  }
}

function readDatabase(database: DatabaseSync, path: string): readonly StoreEntry[] {
  database.exec("PRAGMA locking_mode = EXCLUSIVE");
  const tables = database.prepare("SELECT count(*) AS count FROM sqlite_schema").get();
  if (tables?.["count"] === 0) throw new DamagedDatabase("it is empty");
  const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
  if (database.prepare("PRAGMA application_id").get()?.["application_id"] !== applicationId) {
    throw unusable(`${path} is a database of another program`, "Give another directory with --data.");
  }
  if (version > schemaVersion) {
    throw unusable(
      `${path} was written by a newer version of runpass (its version is ${version}, this one knows ${schemaVersion})`,
      "Start that version, or give another directory with --data.",
    );
  }
  const report = database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
  if (report !== "ok") throw new DamagedDatabase(String(report));
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
  // Takes the lock that is held from now on, even if nothing is ever written.
  database.exec("BEGIN IMMEDIATE; COMMIT;");
  return readEntries(database);
}

function readEntries(database: DatabaseSync): readonly StoreEntry[] {
  const entries: StoreEntry[] = [];
  const statement = database.prepare("SELECT kind, key, value, etag, checksum FROM entries ORDER BY position");
  statement.setReturnArrays(true); // a third of the time that objects take
  for (const row of statement.iterate()) {
    const [kind, key, value, etag, checksum] = row as unknown as [string, string, string, string, number];
    if (checksumOf(kind, key, value, etag) !== checksum) throw new DamagedDatabase(`an entry of ${kind} has changed`);
    entries.push(new KeptEntry(kind, key, value, etag));
  }
  return entries;
}

/** Its value is parsed when it is first asked for: most of a large state is not, until long after the start. */
class KeptEntry implements StoreEntry {
  readonly kind: string;
  readonly key: string;
  readonly etag: string;
  #text: string | undefined;
  #value: unknown;

  constructor(kind: string, key: string, text: string, etag: string) {
    this.kind = kind;
    this.key = key;
    this.etag = etag;
    this.#text = text;
  }

  get value(): unknown {
    if (this.#text !== undefined) {
      this.#value = JSON.parse(this.#text);
      this.#text = undefined;
    }
    return this.#value;
  }
}

function createJournal(database: DatabaseSync, kept: readonly StoreEntry[], path: string): Journal {
  const upsert = database.prepare(
    `INSERT INTO entries (kind, key, value, etag, checksum) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value, etag = excluded.etag, checksum = excluded.checksum`,
  );
  const remove = database.prepare("DELETE FROM entries WHERE kind = ? AND key = ?");
  let batch: Batch | undefined;
  let failure: RunpassError | undefined;
  let isClosed = false;

  function commit(): void {
    if (!batch) return;
    const { writes, done } = batch;
    batch = undefined;
    try {
      database.exec("BEGIN IMMEDIATE");
      for (const write of writes) apply(write, upsert, remove);
      database.exec("COMMIT");
      done.resolve();
    } catch (cause) {
      // What is in memory is now ahead of the disk: nothing more is acknowledged.
      failure = new RunpassError({
        code: "state_unusable",
        message: `The emulator's state can no longer be kept in ${path}`,
        why: cause instanceof Error ? cause.message : String(cause),
        fix: "Make room or repair what is wrong with the disk, then start the emulator again: what was acknowledged is there.",
        cause,
      });
      done.reject(failure);
    }
  }

  return {
    kept,
    append: (write) => {
      if (failure) return Promise.reject(failure);
      if (isClosed) return Promise.reject(new TypeError("the store is closed"));
      if (!batch) {
        batch = { writes: [], done: Promise.withResolvers() };
        batch.done.promise.catch(() => {}); // told to whoever waits for a write of it, and by `settled`
        setImmediate(commit);
      }
      batch.writes.push(write);
      return batch.done.promise;
    },
    settled: async () => {
      await batch?.done.promise;
      if (failure) throw failure;
    },
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      commit();
      database.close();
      if (failure) throw failure;
    },
  };
}

function apply({ kind, key, value, etag }: Write, upsert: StatementSync, remove: StatementSync): void {
  if (etag === undefined) {
    remove.run(kind, key);
    return;
  }
  const text = JSON.stringify(value);
  upsert.run(kind, key, text, etag, checksumOf(kind, key, text, etag));
}

/** Of the parts with a zero byte between them, without writing them into one text first. */
function checksumOf(...parts: readonly string[]): number {
  return parts.reduce((sum, part, index) => crc32(part, index === 0 ? sum : crc32("\0", sum)), 0);
}

/** SQLite's result codes, the part that tells. Source: sqlite.org/rescode.html. */
const busy = 5;
const corrupt = 11;
const notDatabase = 26;

function explain(error: unknown, path: string): unknown {
  if (error instanceof RunpassError || error instanceof DamagedDatabase) return error;
  const { errcode, message } = error as { errcode?: number; message?: string };
  const code = errcode === undefined ? undefined : errcode & 0xff;
  if (code === corrupt || code === notDatabase) return new DamagedDatabase(String(message), error);
  if (code === busy) {
    return unusable(`${path} is in use by another emulator`, "End that one, or give another directory with --data.");
  }
  return unusable(
    `${path} cannot be opened: ${String(message)}`,
    "Check that it is yours and can be written, or give another directory with --data.",
    error,
  );
}

function unusable(why: string, fix: string, cause?: unknown): RunpassError {
  return new RunpassError({
    code: "state_unusable",
    message: "The emulator's stored state cannot be used",
    why,
    fix,
    cause,
  });
}
