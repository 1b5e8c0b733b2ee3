/** How long nobody has asked before memory is given back. */
const idleMs = 30_000;

/** What is worth a pause of some hundredths of a second. */
const worthBytes = 16 * 1024 * 1024;

/** Gives memory back while nothing is to do. */
export interface IdleCollector {
  /** Somebody asks: not now. */
  used(): void;
}

/** What a test gives itself. */
export interface IdleCollectorOptions {
  readonly idleMs?: number;
  readonly residentBytes?: () => number;
  readonly collect?: () => Promise<void>;
}

/**
 * Collects garbage when nobody has asked for a while and much has come together. V8 collects when it needs room: a proxy that has
 * served many requests and then has nothing to do would hold what they left behind for days.
 */
export function createIdleCollector(options: IdleCollectorOptions = {}): IdleCollector {
  const { residentBytes = process.memoryUsage.rss, collect = collectGarbage } = options;
  let leastBytes = residentBytes();
  const timer = setTimeout(() => void look(), options.idleMs ?? idleMs);
  timer.unref();

  async function look(): Promise<void> {
    if (residentBytes() - leastBytes < worthBytes) return;
    await collect();
    leastBytes = residentBytes();
  }

  return { used: () => void timer.refresh() };
}

/** All of it, and shrinks the heap: what `gc()` alone does not. */
export async function collectGarbage(): Promise<void> {
  const { Session } = await import("node:inspector/promises");
  const session = new Session();
  session.connect();
  await session.post("HeapProfiler.collectGarbage");
  session.disconnect();
}
