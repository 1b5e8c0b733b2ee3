import { spawnSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "./fixture.ts";
import type { Finished, Subject } from "./fixture.ts";

/** Where gcloud, which is written in Python, keeps Google's library: for machines that have no other. */
const bundled = (process.env["PATH"] ?? "").split(delimiter).flatMap((directory) => {
  try {
    return [join(realpathSync(join(directory, "gcloud")), "..", "..", "lib", "third_party")];
  } catch {
    return []; // it is not in this directory
  }
})[0];

const candidates: readonly NodeJS.ProcessEnv[] = [{}, ...(bundled === undefined ? [] : [{ PYTHONPATH: bundled }])];

/** What Python needs to find Google's library, or `undefined` where there is none. */
export const pythonVariables: NodeJS.ProcessEnv | undefined = candidates.find((each) => {
  const args = ["-c", "import google.auth.identity_pool, requests"];
  return spawnSync("python3", args, { env: { ...process.env, ...each }, stdio: "ignore" }).status === 0;
});

/** Why tests of Python's google-auth cannot run here, or `false`. */
export const missingPython: string | false = pythonVariables
  ? false
  : "no python3 with google-auth and requests, nor gcloud's";

/** Runs `clients/NAME.py` by a Python that has google-auth and requests. */
export function runPython(
  subject: Subject,
  name: string,
  args: readonly string[],
  extra: NodeJS.ProcessEnv = {},
): Promise<Finished> {
  const script = join(import.meta.dirname, "clients", `${name}.py`);
  return run(subject, "python3", [script, ...args], { PYTHONWARNINGS: "ignore", ...pythonVariables, ...extra });
}
