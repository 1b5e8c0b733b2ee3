import { redact } from "../core/redact.ts";
import type { TraceEntry } from "./emulator.ts";

/** How many decisions are kept. */
const keptEntries = 1000;

/** The last decisions of the gate. */
export interface Trace {
  add(entry: TraceEntry): void;
  /** Oldest first. */
  entries(): readonly TraceEntry[];
  clear(): void;
}

export function createTrace(): Trace {
  let entries: TraceEntry[] = [];
  return {
    add: (entry) => {
      entries.push(entry);
      // Cut in batches: a shift on every request would move all of them every time.
      if (entries.length >= 2 * keptEntries) entries = entries.slice(-keptEntries);
    },
    entries: () => entries.slice(-keptEntries),
    clear: () => {
      entries = [];
    },
  };
}

const secretParameters =
  /([?&;](?:[\w.-]*(?:token|secret|password|assertion|signature|credential)|code|key|sig)=)[^&;#]*/gi;

/** A path with query as it may be shown: without what looks like a secret, by its form or by its parameter's name. */
export function redactPath(path: string): string {
  return redact(path.replace(secretParameters, "$1[redacted]"));
}
