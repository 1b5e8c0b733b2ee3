import { putHttp2Load } from "./load-http2.ts";
import { putLoad } from "./load.ts";
import type { Load } from "./load.ts";
import { benchHeldStreams, benchIdleMemory } from "./proxy/memory.ts";
import { cpuMs } from "./proxy/process-cost.ts";
import { openSubjects } from "./proxy/subjects.ts";
import type { Subject, Subjects } from "./proxy/subjects.ts";
import { median } from "./row.ts";
import type { Row } from "./row.ts";

const rounds = 5;
const durationMs = 1_500;
/** Proxies run for days: V8 has compiled them long before. Each gets as much, whatever it is written in. */
const warmUpMs = 5_000;

const sizes = [
  ["small, 1 connection", "/", 1],
  ["small, 64 connections", "/", 64],
  ["1 MiB, 4 connections", "/large", 4],
] as const;

interface Measured extends Load {
  readonly cpuMicroseconds: number;
}

/** The proxy before a service over TLS, against what else would stand there. Go and nginx take part where they are installed. */
export async function benchProxy(): Promise<Row[]> {
  using subjects = openSubjects();
  const plain = await subjects.node("plain-backend");
  const rows: Row[] = [];
  for (const protocol of ["h1", "h2"] as const) {
    const backend = await subjects.node(`tls-backend-${protocol}`);
    const ours = await subjects.node("runpass", backend);
    const others = [
      await subjects.node("undici", backend),
      await subjects.node("http-proxy-3", backend),
      await subjects.go(backend),
      await subjects.nginx(backend),
    ].filter((one) => one !== undefined);
    for (const { url } of [ours, ...others, plain]) await putHttp1Load(addressOf(url), 8, warmUpMs);
    for (const [what, target, connections] of sizes) {
      const label = `h1→${protocol} over TLS, ${what}`;
      const load = (one: Subject): Promise<Measured> => measure(one, target, connections, putHttp1Load);
      const of = await measureAll([ours, ...others, plain], load);
      if (connections === 1) {
        rows.push({
          subject: `${label}: added`,
          unit: "ms at p50",
          value: of(ours, ({ medianMs }) => medianMs) - of(plain, ({ medianMs }) => medianMs),
          goal: { of: "value", atMost: 0.3 },
        });
      }
      for (const other of others) {
        const isBar = other.name.startsWith("Go") && protocol === "h2" && connections === 64;
        rows.push(...compare(label, of, ours, other, isBar));
      }
    }
  }
  return [
    ...rows,
    ...(await benchHttp2Clients(subjects)),
    ...(await benchHeldStreams(subjects)),
    ...(await benchIdleMemory(subjects)),
  ];
}

/** Clients that speak HTTP/2 over TLS, each with one connection: against Go, which speaks it too. */
async function benchHttp2Clients(subjects: Subjects): Promise<Row[]> {
  const backend = await subjects.node("tls-backend-h2");
  const ours = await subjects.node("runpass-tls", backend);
  const go = await subjects.go(backend, { tls: true });
  if (go === undefined) return [];
  for (const { url } of [ours, go]) await putStreams(addressOf(url), 8, warmUpMs);
  const rows: Row[] = [];
  for (const [what, target, streams] of sizes) {
    const load = (one: Subject): Promise<Measured> => measure(one, target, streams, putStreams);
    const of = await measureAll([ours, go], load);
    rows.push(...compare(`h2→h2 over TLS, ${what.replace("connection", "stream")}`, of, ours, go, false));
  }
  return rows;
}

type PutLoad = (url: string, connections: number, durationMs: number) => Promise<Load>;
type Figure = (one: Subject, pick: (load: Measured) => number) => number;

const putHttp1Load: PutLoad = (url, connections, forMs) => putLoad(url, {}, { connections, durationMs: forMs });
const putStreams: PutLoad = (url, streams, forMs) => putHttp2Load(url, { streams, durationMs: forMs });

/** Each in turn, round after round, so that a noisy moment meets all of them. */
async function measureAll(all: readonly Subject[], load: (one: Subject) => Promise<Measured>): Promise<Figure> {
  const seen = new Map<Subject, Measured[]>(all.map((one) => [one, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const one of all) seen.get(one)?.push(await load(one));
  }
  return (one, pick) => median((seen.get(one) ?? []).map(pick));
}

function addressOf(url: string): string {
  return url.replace("//localhost", "//127.0.0.1");
}

async function measure({ url, child }: Subject, target: string, connections: number, put: PutLoad): Promise<Measured> {
  const address = addressOf(url) + target;
  await put(address, connections, 200);
  const before = cpuMs(child.pid ?? 0);
  const load = await put(address, connections, durationMs);
  const requests = load.requestsPerSecond * (durationMs / 1_000);
  return { ...load, cpuMicroseconds: ((cpuMs(child.pid ?? 0) - before) * 1_000) / requests };
}

function compare(subject: string, of: Figure, ours: Subject, other: Subject, isBar: boolean): Row[] {
  const row = (unit: string, pick: (load: Measured) => number, goal: Row["goal"]): Row => ({
    subject,
    baseline: other.name,
    unit,
    value: of(ours, pick),
    baselineValue: of(other, pick),
    ...(isBar && goal ? { goal } : {}),
  });
  return [
    row("requests/s", ({ requestsPerSecond }) => requestsPerSecond, { of: "ratio", atLeast: 0.9 }),
    row("ms at p99", ({ p99Ms }) => p99Ms, { of: "ratio", atMost: 1.5 }),
    row("µs CPU a request", ({ cpuMicroseconds }) => cpuMicroseconds, undefined),
  ];
}
