/**
 * Runs all tests. Those that need no process of their own share one, which is fast: those beside the code, and at the same time
 * the attacks. Then the others, a process a file. Arguments go to all, for example `npm test -- --test-name-pattern=audience`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync } from "node:fs";
import path from "node:path";

const root = path.join(import.meta.dirname, "..");

/** Each process would spend much of its time on reading the same sources. */
const env = { NODE_COMPILE_CACHE: path.join(root, "node_modules/.cache/node"), ...process.env };

// The name of the flag in Node.js 22; newer versions know it too.
const oneProcess = "--experimental-test-isolation=none";
const others = globSync("test/**/*.test.ts", { cwd: root }).filter(
  (file) => !file.startsWith(path.join("test/attack/")),
);

const beside = await Promise.all([run(oneProcess, "src/**/*.test.ts"), run(oneProcess, "test/attack/**/*.test.ts")]);
for (const { output } of beside) process.stdout.write(output);
const { status } = await run("--test-concurrency=2", ...others.toSorted());
process.exitCode = [status, ...beside.map((one) => one.status)].every((code) => code === 0) ? 0 : 1;

async function run(flag: string, ...files: readonly string[]): Promise<{ status: number; output: string }> {
  const isAlone = flag !== oneProcess;
  const child = spawn(process.execPath, ["--test", flag, ...process.argv.slice(2), ...files], {
    cwd: root,
    env,
    stdio: ["ignore", isAlone ? "inherit" : "pipe", "inherit"],
  });
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (output += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { status: code ?? 1, output };
}
