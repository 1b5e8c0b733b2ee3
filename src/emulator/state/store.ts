import { randomBytes } from "node:crypto";

/** A kind of thing that a store keeps: its name, with the type of its values. */
export interface Kind<T> {
  readonly name: string;
  /** Whoever has a key or value of this kind can be somebody else by it: an export leaves the kind out unless asked. */
  readonly secret?: true;
  /** Never set: it carries the type. */
  readonly type?: T;
}

/** A value with the etag of its last write. */
export interface Stored<T> {
  readonly value: T;
  /** Base64 of eight bytes; another one after every write. */
  readonly etag: string;
}

/** One thing that a store keeps, with all that is kept of it. */
export interface StoreEntry<T = unknown> extends Stored<T> {
  /** Name of its kind. */
  readonly kind: string;
  readonly key: string;
}

/**
 * Where the emulator keeps everything. Reads are at once, since every request makes many; a write is done when its promise is,
 * and then it is durable, where the store is. What is written within one turn of the event loop is kept whole or not at all.
 */
export interface Store {
  get<T>(kind: Kind<T>, key: string): Stored<T> | undefined;
  /** Everything of a kind, oldest first. */
  list<T>(kind: Kind<T>): readonly T[];
  /** Every key with its value, oldest first. */
  entries<T>(kind: Kind<T>): readonly (readonly [string, T])[];
  /** Everything of every kind, each kind oldest first. */
  all(): readonly StoreEntry[];
  /** Grows with every write of these kinds: what was worked out from them holds while it stands. */
  revision(...kinds: readonly Kind<unknown>[]): number;
  /**
   * Writes a value.
   *
   * @param expectedEtag Where given, the write happens only if the stored value still has it.
   * @returns what is stored now, or `undefined` when the etag was another and nothing was written.
   */
  put<T>(kind: Kind<T>, key: string, value: T, expectedEtag?: string): Promise<Stored<T> | undefined>;
  delete(kind: Kind<unknown>, key: string): Promise<void>;
  /** Done when all that was written so far is kept; rejects when any write could not be, whether or not somebody waited for it. */
  settled(): Promise<void>;
  /** Lets go of what the store stands on, after what was written so far. Idempotent. */
  close(): Promise<void>;
}

/** Where a store's writes go so that they outlive the process. */
export interface Journal {
  /** Everything that was kept, each kind oldest first. */
  readonly kept: Iterable<StoreEntry>;
  /** Keeps an entry; one without a value is deleted. Done when that is durable. */
  append(entry: Pick<StoreEntry, "kind" | "key"> & Partial<Stored<unknown>>): Promise<void>;
  settled(): Promise<void>;
  close(): Promise<void>;
}

interface Shelf {
  revision: number;
  readonly entries: Map<string, Stored<unknown>>;
  /** The values in a row, until the next write. */
  values?: readonly unknown[] | undefined;
}

/** A store that lives in memory, and beyond the process where it has a journal. */
export function createStore(journal?: Journal): Store {
  const shelves = new Map<string, Shelf>();

  function shelf(name: string): Shelf {
    let found = shelves.get(name);
    if (!found) shelves.set(name, (found = { revision: 0, entries: new Map() }));
    return found;
  }

  function change(target: Shelf): void {
    target.revision += 1;
    target.values = undefined;
  }

  for (const entry of journal?.kept ?? []) shelf(entry.kind).entries.set(entry.key, entry);

  return {
    get: <T>(kind: Kind<T>, key: string) => shelf(kind.name).entries.get(key) as Stored<T> | undefined,
    list: <T>(kind: Kind<T>) => {
      const found = shelf(kind.name);
      found.values ??= [...found.entries.values()].map(({ value }) => value);
      return found.values as readonly T[];
    },
    entries: <T>(kind: Kind<T>) => [...shelf(kind.name).entries].map(([key, { value }]) => [key, value as T] as const),
    all: () =>
      [...shelves].flatMap(([kind, { entries }]) =>
        [...entries].map(([key, { value, etag }]) => ({ kind, key, value, etag })),
      ),
    revision: (...kinds) => kinds.reduce((sum, { name }) => sum + shelf(name).revision, 0),
    put: (kind, key, value, expectedEtag) => {
      const target = shelf(kind.name);
      if (expectedEtag !== undefined && target.entries.get(key)?.etag !== expectedEtag)
        return Promise.resolve(undefined);
      const stored = { value, etag: nextEtag() };
      target.entries.set(key, stored);
      change(target);
      return reported(journal?.append({ kind: kind.name, key, ...stored }), stored);
    },
    delete: (kind, key) => {
      const target = shelf(kind.name);
      if (!target.entries.delete(key)) return Promise.resolve();
      change(target);
      return reported(journal?.append({ kind: kind.name, key }), undefined);
    },
    settled: () => journal?.settled() ?? Promise.resolve(),
    close: () => journal?.close() ?? Promise.resolve(),
  };
}

/** Counts up from a random number: no two writes share one, and random bytes for each would take half the time that a new world takes. */
let lastEtag = randomBytes(8).readBigUInt64BE();

function nextEtag(): string {
  lastEtag = BigInt.asUintN(64, lastEtag + 1n);
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64BE(lastEtag);
  return bytes.toString("base64");
}

/** A write that fails while nobody waits for it must not end the process: `settled()` reports it, and so does every later write. */
function reported<T>(write: Promise<void> | undefined, result: T): Promise<T> {
  const done = write?.then(() => result) ?? Promise.resolve(result);
  done.catch(() => {});
  return done;
}
