/**
 * Breaks each rule of the gate in turn and runs its tests: some must fail each time. Works on copies in a temporary directory,
 * never on the tree itself, and writes the table to test/attack/gate/MUTATIONS.md.
 *
 *     node scripts/mutate-gate.ts
 */
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { mutations } from "./gate-mutations.ts";
import type { Mutation } from "./gate-mutations.ts";

const root = path.join(import.meta.dirname, "..");
const suites = { attack: "test/attack/gate/*.test.ts", unit: "src/gate/*.test.ts" };

/** Names of the tests that fail; `undefined` where a suite did not come to its end. */
interface Outcome {
  readonly attack: readonly string[] | undefined;
  readonly unit: readonly string[] | undefined;
}

const directory = await mkdtemp(path.join(tmpdir(), "runpass-mutate-"));
try {
  const copies = await Promise.all(Array.from({ length: Math.max(1, availableParallelism() - 1) }, makeCopy));
  const intact = await runSuites(copies[0] as string);
  if (intact.attack?.length !== 0 || intact.unit?.length !== 0) throw new Error("the tests fail without any mutation");

  const outcomes = new Map<Mutation, Outcome>();
  const waiting = mutations.values();
  await Promise.all(
    copies.map(async (copy) => {
      // All copies take from one iterator.
      for (const mutation of waiting) outcomes.set(mutation, await tryMutation(copy, mutation));
    }),
  );
  await writeFile(path.join(root, "test/attack/gate/MUTATIONS.md"), formatTable(outcomes));
  const survivors = mutations.filter((mutation) => !isKilled(outcomes.get(mutation)?.attack));
  for (const { file, rule } of survivors) console.error(`survived the attack tests: ${file}: ${rule}`);
  console.log(`${mutations.length - survivors.length} of ${mutations.length} mutations killed by the attack tests`);
  process.exitCode = survivors.length > 0 ? 1 : 0;
} finally {
  await rm(directory, { recursive: true });
}

async function makeCopy(_: unknown, index: number): Promise<string> {
  const copy = path.join(directory, String(index));
  for (const part of ["package.json", "src/core", "src/google", "src/gate", "test/attack/gate"]) {
    await cp(path.join(root, part), path.join(copy, part), { recursive: true });
  }
  await symlink(path.join(root, "node_modules"), path.join(copy, "node_modules"));
  return copy;
}

async function tryMutation(copy: string, { file, from, to, rule }: Mutation): Promise<Outcome> {
  const target = path.join(copy, "src/gate", file);
  const text = await readFile(target, "utf8");
  if (text.split(from).length !== 2) throw new Error(`${file}: what "${rule}" replaces must stand there once: ${from}`);
  await writeFile(
    target,
    text.replace(from, () => to),
  );
  try {
    return await runSuites(copy);
  } finally {
    await writeFile(target, text);
  }
}

async function runSuites(copy: string): Promise<Outcome> {
  return { attack: await runSuite(copy, suites.attack), unit: await runSuite(copy, suites.unit) };
}

function runSuite(cwd: string, glob: string): Promise<readonly string[] | undefined> {
  // The isolation flag has this name in Node.js 22; newer versions know it too.
  const flags = ["--test", "--experimental-test-isolation=none", "--test-reporter=tap"];
  const { promise, resolve } = Promise.withResolvers<readonly string[] | undefined>();
  execFile(process.execPath, [...flags, glob], { cwd, timeout: 60_000, maxBuffer: 64e6 }, (_, stdout) => {
    const isComplete = /^# tests \d+$/m.test(stdout);
    const failing = [...stdout.matchAll(/^not ok \d+ - (.*)$/gm)].map(([, name]) => name as string);
    resolve(isComplete ? failing : undefined);
  });
  return promise;
}

function isKilled(failing: readonly string[] | undefined): boolean {
  return failing === undefined || failing.length > 0;
}

function formatTable(outcomes: ReadonlyMap<Mutation, Outcome>): string {
  const rows = mutations.map((mutation) => {
    const { attack, unit } = outcomes.get(mutation) as Outcome;
    const [first] = attack ?? [];
    const example = first === undefined ? "" : first.replaceAll("|", String.raw`\|`).slice(0, 110);
    return `| ${mutation.file} | ${mutation.rule} | ${describe(attack)} | ${describe(unit)} | ${example} |`;
  });
  return `# Mutations of the gate

Each line breaks one rule of src/gate and says how many tests fail then: those in this folder, and those beside the code.
Written by \`node scripts/mutate-gate.ts\`; what is replaced by what stands in scripts/gate-mutations.ts.

| file | rule that is broken | attack tests | unit tests | for example |
|---|---|---|---|---|
${rows.join("\n")}
`;
}

function describe(failing: readonly string[] | undefined): string {
  if (failing === undefined) return "did not end";
  return failing.length === 0 ? "**none**" : `${failing.length} fail`;
}
