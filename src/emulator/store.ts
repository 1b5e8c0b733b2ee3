import { randomBytes } from "node:crypto";

/** A kind of thing that a store keeps: its name, with the type of its values. */
export interface Kind<T> {
  readonly name: string;
  /** Never set: it carries the type. */
  readonly type?: T;
}

/** A value with the etag of its last write. */
export interface Stored<T> {
  readonly value: T;
  /** Base64 of eight bytes; another one after every write. */
  readonly etag: string;
}

/** Where the emulator keeps everything. Reads are at once, since every request makes many; a write is done when its promise is. */
export interface Store {
  get<T>(kind: Kind<T>, key: string): Stored<T> | undefined;
  /** Everything of a kind, oldest first. */
  list<T>(kind: Kind<T>): readonly T[];
  /** Every key with its value, oldest first. */
  entries<T>(kind: Kind<T>): readonly (readonly [string, T])[];
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
}

/** A store that lives as long as the process. */
export function createMemoryStore(): Store {
  const shelves = new Map<string, { revision: number; readonly entries: Map<string, Stored<unknown>> }>();

  function shelf({ name }: Kind<unknown>): { revision: number; readonly entries: Map<string, Stored<unknown>> } {
    let found = shelves.get(name);
    if (!found) shelves.set(name, (found = { revision: 0, entries: new Map() }));
    return found;
  }

  return {
    get: <T>(kind: Kind<T>, key: string) => shelf(kind).entries.get(key) as Stored<T> | undefined,
    list: <T>(kind: Kind<T>) => [...shelf(kind).entries.values()].map(({ value }) => value as T),
    entries: <T>(kind: Kind<T>) => [...shelf(kind).entries].map(([key, { value }]) => [key, value as T] as const),
    revision: (...kinds) => kinds.reduce((sum, kind) => sum + shelf(kind).revision, 0),
    put: async (kind, key, value, expectedEtag) => {
      const target = shelf(kind);
      if (expectedEtag !== undefined && target.entries.get(key)?.etag !== expectedEtag) return undefined;
      const stored = { value, etag: randomBytes(8).toString("base64") };
      target.entries.set(key, stored);
      target.revision += 1;
      return stored;
    },
    delete: async (kind, key) => {
      const target = shelf(kind);
      if (target.entries.delete(key)) target.revision += 1;
    },
  };
}
