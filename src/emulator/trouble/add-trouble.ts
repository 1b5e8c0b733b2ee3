import { faultKind, troubleKind } from "../state/records.ts";
import type { Store } from "../state/store.ts";
import type { WorldTrouble } from "../world/world-trouble.ts";

/** Puts the trouble of a world into a store. */
export function addTrouble(store: Store, { faults = [], ...settings }: WorldTrouble = {}): void {
  if (Object.keys(settings).length > 0) void store.put(troubleKind, "trouble", settings);
  for (const [at, fault] of faults.entries()) {
    const id = String(at + 1);
    void store.put(faultKind, id, { id, fault, met: 0 });
  }
}
