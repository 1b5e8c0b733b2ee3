/**
 * Runs all tests, as many processes at a time as there are processors. Most files share a process with those of their folder: what
 * they are about is then loaded once, and warm. Arguments go to all, for example `npm test -- --test-name-pattern=audience`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import path from "node:path";

const root = path.join(import.meta.dirname, "..");

/** Each process would spend much of its time on reading the same sources. */
const env = { NODE_COMPILE_CACHE: path.join(root, "node_modules/.cache/node"), ...process.env };

// The name of the flag in Node.js 22; newer versions know it too.
const oneProcess = "--experimental-test-isolation=none";
const oneAfterTheOther = "--test-concurrency=1";

/** The longest first. */
const runs: readonly (readonly [flag: string, ...files: string[]])[] = [
  [oneProcess, "test/integration/**/*.test.ts"],
  [oneProcess, "test/contract/*.test.ts", "test/contract/proxy/*.test.ts"],
  [oneAfterTheOther, "test/stress/**/*.test.ts"], // these count memory and handles, or keep all processors busy
  [oneProcess, ...["property", "package", "browser"].map((folder) => `test/${folder}/**/*.test.ts`)],
  [oneProcess, "test/contract/gcloud/*.test.ts"],
  [oneProcess, "test/attack/**/*.test.ts"],
  [oneProcess, "src/**/*.test.ts"],
];

const waiting = [...runs];
await Promise.all(Array.from({ length: availableParallelism() }, work));

async function work(): Promise<void> {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const child = spawn(process.execPath, ["--test", ...process.argv.slice(2), ...next], {
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
