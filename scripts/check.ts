/** Runs every check side by side, prints what the failed ones had to say, and ends with 1 if any failed. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

const root = path.join(import.meta.dirname, "..");

const checks: Readonly<Record<string, readonly [script: string, ...args: string[]]>> = {
  format: ["node_modules/oxfmt/bin/oxfmt", "--check"],
  lint: ["node_modules/oxlint/bin/oxlint"],
  layers: ["scripts/layers.ts"],
  types: ["node_modules/typescript/bin/tsc", "-p", "."],
  "dead code": ["node_modules/knip/bin/knip.js"],
  package: ["node_modules/publint/src/cli.js", "--strict"],
  docs: ["scripts/docs.ts", "--check"],
  leaks: ["scripts/leaks.ts"],
};

const results = await Promise.all(Object.entries(checks).map(([name, command]) => run(name, command)));
process.exitCode = results.every(Boolean) ? 0 : 1;

async function run(name: string, command: readonly string[]): Promise<boolean> {
  const startMs = performance.now();
  const seconds = (): string => `${((performance.now() - startMs) / 1000).toFixed(1)} s`;
  try {
    await promisify(execFile)(process.execPath, [...command], { cwd: root, maxBuffer: 64 * 1024 * 1024 });
    console.log(`ok      ${name} (${seconds()})`);
    return true;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    console.error(`FAILED  ${name} (${seconds()})\n${stdout ?? ""}${stderr ?? String(error)}`);
    return false;
  }
}
