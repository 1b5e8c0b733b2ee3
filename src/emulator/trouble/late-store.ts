import type { Clock } from "../../core/clock.ts";
import { customRoleKind, denyPolicyKind, policyKind, versionsKind } from "../state/records.ts";
import type { Version } from "../state/records.ts";
import type { Kind, Store, Stored } from "../state/store.ts";

/** The kinds whose changes take their time. Source: IAM documentation, "Access change propagation". */
const lateKinds: ReadonlySet<string> = new Set([policyKind.name, denyPolicyKind.name, customRoleKind.name]);

/** A store, and the same store as those see it who decide by its policies. */
export interface LateStore {
  /** Reads and writes at once, as the APIs that show and change policies do. */
  readonly store: Store;
  /** Policies as far as they have come by now. Only `get` and `revision` tell old from new. */
  readonly seen: Store;
}

/**
 * Lets changes of policies reach those who decide by them later than those who read them. Of several versions the one written
 * last counts of those whose time has come, so that a quick change can overtake a slow one, as it can in reality.
 *
 * @param propagationMs How long the change that is made now takes.
 */
export function createLateStore(base: Store, clock: Clock, propagationMs: () => number): LateStore {
  const visibility = countVisible(base, clock);

  /** Together with the change itself, in one turn: both are kept, or neither. */
  function keepVersion(kind: Kind<unknown>, key: string, before: Stored<unknown> | undefined): void {
    const name = nameOf(kind, key);
    const known = base.get(versionsKind, name)?.value ?? [];
    const delayMs = propagationMs();
    const nowMs = clock.nowMs();
    if (delayMs <= 0 && known.every(({ visibleAtMs }) => visibleAtMs <= nowMs)) {
      if (known.length > 0) void base.delete(versionsKind, name);
      return;
    }
    const first: Version = before ? { visibleAtMs: 0, value: before.value } : { visibleAtMs: 0 };
    const past = known.length > 0 ? known.slice(lastVisible(known, nowMs)) : [first];
    const value = base.get(kind, key)?.value;
    const next: Version = { visibleAtMs: nowMs + delayMs, ...(value === undefined ? {} : { value }) };
    void base.put(versionsKind, name, [...past, next]);
  }

  const store: Store = {
    ...base,
    put: (kind, key, value, expectedEtag) => {
      if (!lateKinds.has(kind.name)) return base.put(kind, key, value, expectedEtag);
      const before = base.get(kind, key);
      const written = base.put(kind, key, value, expectedEtag);
      if (base.get(kind, key) !== before) keepVersion(kind, key, before);
      return written;
    },
    delete: (kind, key) => {
      if (!lateKinds.has(kind.name)) return base.delete(kind, key);
      const before = base.get(kind, key);
      const deleted = base.delete(kind, key);
      if (before) keepVersion(kind, key, before);
      return deleted;
    },
  };

  const seen: Store = {
    ...base,
    get: <T>(kind: Kind<T>, key: string) => {
      const now = base.get(kind, key);
      const versions = lateKinds.has(kind.name) ? base.get(versionsKind, nameOf(kind, key))?.value : undefined;
      if (!versions) return now;
      const version = versions[lastVisible(versions, clock.nowMs())];
      return version?.value === undefined ? undefined : { value: version.value as T, etag: now?.etag ?? "" };
    },
    revision: (...kinds) =>
      kinds.some(({ name }) => lateKinds.has(name))
        ? base.revision(...kinds, versionsKind) + visibility()
        : base.revision(...kinds),
  };
  return { store, seen };
}

function nameOf({ name }: Kind<unknown>, key: string): string {
  return `${name}/${key}`;
}

/** Where the version is that counts: the last written of those whose time has come. The first is there from the beginning. */
function lastVisible(versions: readonly Version[], nowMs: number): number {
  return Math.max(
    0,
    versions.findLastIndex(({ visibleAtMs }) => visibleAtMs <= nowMs),
  );
}

/** Grows whenever the time, which can be moved both ways, has made a version visible or invisible. */
function countVisible(store: Store, clock: Clock): () => number {
  let count = 0;
  let span = { revision: 0, fromMs: -Infinity, untilMs: Infinity };
  return () => {
    const revision = store.revision(versionsKind);
    const nowMs = clock.nowMs();
    if (span.revision === revision && nowMs >= span.fromMs && nowMs < span.untilMs) return count;
    const instants = store.list(versionsKind).flatMap((versions) => versions.map(({ visibleAtMs }) => visibleAtMs));
    span = {
      revision,
      fromMs: Math.max(-Infinity, ...instants.filter((instantMs) => instantMs <= nowMs)),
      untilMs: Math.min(Infinity, ...instants.filter((instantMs) => instantMs > nowMs)),
    };
    count += 1;
    return count;
  };
}
