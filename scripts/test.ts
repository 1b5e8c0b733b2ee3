/**
 * Runs all tests, as many processes at a time as there are processors. Most files share a process with those of their folder: what
 * they are about is then loaded once, and warm. Arguments go to all, for example `npm test -- --test-name-pattern=audience`.
 * With `full` as the first one it is the tests that repeat something or move much, in full (test/support/volume.ts).
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";

const root = path.join(import.meta.dirname, "..");

const isFull = process.argv[2] === "full";
const flags = process.argv.slice(isFull ? 3 : 2);
const env = {
  // Each process would spend much of its time on reading the same sources.
  NODE_COMPILE_CACHE: path.join(root, "node_modules/.cache/node"),
  ...process.env,
  ...(isFull ? { RUNPASS_TEST_VOLUME: "full" } : {}),
};

// The name of the flag in Node.js 22; newer versions know it too.
const oneProcess = "--experimental-test-isolation=none";
const oneAfterTheOther = "--test-concurrency=1";

type Run = readonly [flag: string, ...files: string[]];

/** The longest first, so that all end at about the same time. */
const runs: readonly Run[] = [
  [oneProcess, "test/integration/**/*.test.ts"],
  [oneProcess, "test/contract/*.test.ts", "test/contract/proxy/*.test.ts"],
  [oneProcess, "test/property/**/*.test.ts", "test/browser/**/*.test.ts"],
  [oneProcess, "test/contract/gcloud/*.test.ts"],
  [oneProcess, "test/attack/**/*.test.ts"],
  [oneAfterTheOther, "test/stress/**/*.test.ts"], // these count memory and handles, or keep all processors busy
  [oneProcess, "src/**/*.test.ts"],
  [oneProcess, "test/package/**/*.test.ts"],
];

/** Each in a process of its own. */
const inFull: readonly Run[] = globSync("test/**/*.test.ts", { cwd: root })
  .filter((file) => readFileSync(path.join(root, file), "utf8").includes("support/volume.ts"))
  .map((file) => [oneProcess, file]);

const waiting = [...(isFull ? inFull : runs)];
await Promise.all(Array.from({ length: availableParallelism() }, work));

async function work(): Promise<void> {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const child = spawn(process.execPath, ["--test", ...flags, ...next], {
      cwd: root,
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    const [code] = (await once(child, "close")) as [number | null];
    process.stdout.write(output); // in one piece, as several run at a time
    if (code !== 0) process.exitCode = 1;
  }
}
