/**
 * Runs all tests: those beside the code in one process, which is fast, the others in one process each. Arguments go to both
 * runs, for example `npm test -- --test-name-pattern=audience`.
 */
import { spawnSync } from "node:child_process";
import path from "node:path";

/** Each test file is a process, which would spend most of its time on reading the same sources. */
const compileCache = path.join(import.meta.dirname, "../node_modules/.cache/node");

const runs: readonly (readonly string[])[] = [
  // The name of the flag in Node.js 22; newer versions know it too.
  ["--experimental-test-isolation=none", "src/**/*.test.ts"],
  ["--test-concurrency=2", "test/**/*.test.ts"],
];

let failed = false;
for (const [flag, glob] of runs as readonly [string, string][]) {
  const { status } = spawnSync(process.execPath, ["--test", flag, ...process.argv.slice(2), glob], {
    stdio: "inherit",
    env: { NODE_COMPILE_CACHE: compileCache, ...process.env },
  });
  failed ||= status !== 0;
}
process.exitCode = failed ? 1 : 0;
