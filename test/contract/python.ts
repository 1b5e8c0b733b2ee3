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

interface Python {
  /** The interpreter itself: what is `python3` on PATH may be a script that takes longer to find it than it to start. */
  readonly command: string;
  /** What it needs to find Google's library. */
  readonly variables: NodeJS.ProcessEnv;
}

/** Looks for Google's library where Python looks by itself, and then in further places. */
const look = `
import importlib.util, sys
def has(name):
    try:
        return importlib.util.find_spec(name) is not None
    except ImportError:
        return False
for more in ["", *sys.argv[1:]]:
    if more:
        sys.path.insert(0, more)
    if has("google.auth.identity_pool") and has("requests"):
        print(sys.executable, more, sep="\\n")
        break
`;

function findPython(): Python | undefined {
  const args = ["-c", look, ...(bundled === undefined ? [] : [bundled])];
  const { stdout } = spawnSync("python3", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const [command, path] = (stdout ?? "").split("\n");
  return command ? { command, variables: path ? { PYTHONPATH: path } : {} } : undefined;
}

/** The Python that has google-auth and requests, or `undefined` where there is none. */
export const python: Python | undefined = findPython();

/** Why tests of Python's google-auth cannot run here, or `false`. */
export const missingPython: string | false = python ? false : "no python3 with google-auth and requests, nor gcloud's";

/** Runs `clients/NAME.py` by that Python. */
export function runPython(
  subject: Subject,
  name: string,
  args: readonly string[],
  extra: NodeJS.ProcessEnv = {},
): Promise<Finished> {
  if (!python) throw new Error("there is no such Python");
  const script = join(import.meta.dirname, "clients", `${name}.py`);
  return run(subject, python.command, [script, ...args], { PYTHONWARNINGS: "ignore", ...python.variables, ...extra });
}
