/**
 * Prints one line a row: value, ratio to its baseline measured in the same run, and whether the goal is met. Keeps the rows in
 * bench/results.json: commit it when a change is about speed. `npm run bench -- gate` runs one group, whose rows take the place of
 * those that are there.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { meetsGoal, ratioOf } from "./row.ts";
import type { Row } from "./row.ts";

const groups: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  token: async () => (await import("./start.ts")).benchCachedToken(),
  ready: async () => (await import("./start.ts")).benchEmulatorReady(),
  world: async () => (await import("./start.ts")).benchFreshWorld(),
  state: async () => (await import("./state.ts")).benchLargeState(),
  cache: async () => (await import("./cache.ts")).benchSharedCache(),
  doctor: async () => (await import("./doctor.ts")).benchDoctor(),
  identities: async () => (await import("./identities.ts")).benchIdentities(),
  gate: async () => (await import("./gate.ts")).benchGate(),
  policies: async () => (await import("./policies.ts")).benchPolicies(),
  forward: async () => (await import("./forward.ts")).benchForward(),
  proxy: async () => (await import("./proxy.ts")).benchProxy(),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(groups, name));
if (unknown.length > 0) {
  console.error(`No group ${unknown.join(", ")}; there are: ${Object.keys(groups).join(", ")}`);
  process.exit(2);
}

const rows: Row[] = [];
for (const [name, bench] of Object.entries(groups)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for (const row of await bench()) {
    rows.push(row);
    console.log(formatRow(row));
  }
}

const file = path.join(import.meta.dirname, "results.json");
const machine = { node: process.version, cpus: availableParallelism() };
const measured = rows.map((row) => ({ ...row, ratio: ratioOf(row), met: meetsGoal(row) }));
const earlier = wanted.length === 0 ? [] : (JSON.parse(readFileSync(file, "utf8")) as { results: Row[] }).results;
const isSame = (one: Row, other: Row): boolean =>
  [one.subject, one.baseline, one.unit].join() === [other.subject, other.baseline, other.unit].join();
const kept = earlier.map((row) => measured.find((one) => isSame(one, row)) ?? row);
const results = [...kept, ...measured.filter((row) => !kept.includes(row))];
writeFileSync(file, `${JSON.stringify({ machine, results }, roundNumber, 2)}\n`);

function formatRow(row: Row): string {
  const ratio = ratioOf(row);
  const compared = ratio === undefined ? "" : ` = ${formatNumber(ratio)} × ${row.baseline}`;
  const met = meetsGoal(row);
  const { of, atMost, atLeast } = row.goal ?? {};
  const bound = atMost === undefined ? `>= ${atLeast}` : `<= ${atMost}`;
  const goal = met === undefined ? "" : `   ${met ? "meets" : "MISSES"} ${of} ${bound}`;
  return `${row.subject.padEnd(38)} ${`${formatNumber(row.value)} ${row.unit}`.padStart(20)}${compared}${goal}`;
}

function formatNumber(value: number): string {
  return value.toLocaleString("en-US", { maximumSignificantDigits: 3 });
}

function roundNumber(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toPrecision(3)) : value;
}
