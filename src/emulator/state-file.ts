import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Environment } from "../core/environment.ts";
import { readVariable } from "../core/environment.ts";
import { RunpassError } from "../core/errors.ts";
import { writePrivateFile } from "./private-file.ts";

/** What a running emulator leaves for those who control it. The file is 0600: the secret opens the control endpoints. */
export interface EmulatorState {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly pid: number;
  readonly adminSecret: string;
}

/** Where the state file is: `RUNPASS_EMULATOR_STATE`, else `runpass/emulator.json` in the user's runtime or state directory. */
export function stateFilePath(environment: Environment): string {
  const explicit = readVariable(environment, "RUNPASS_EMULATOR_STATE");
  if (explicit !== undefined) return explicit;
  const directory =
    readVariable(environment, "XDG_RUNTIME_DIR") ??
    readVariable(environment, "XDG_STATE_HOME") ??
    join(environment.homeDir, ".local", "state");
  return join(directory, "runpass", "emulator.json");
}

/** Writes the state file: whole or not at all, for this user alone. */
export async function writeStateFile(path: string, state: EmulatorState): Promise<void> {
  await writePrivateFile(path, `${JSON.stringify(state, null, 2)}\n`);
}

/** Removes the state file if it is still this emulator's: another may have started since. */
export async function removeStateFile(path: string, state: EmulatorState): Promise<void> {
  const found = parseState(await readFile(path, "utf8").catch(() => "")); // gone already: nothing to remove
  if (found?.adminSecret === state.adminSecret) await rm(path, { force: true });
}

/**
 * Finds the running emulator.
 *
 * @throws {RunpassError} `emulator_not_running` where no file is, it is broken, or its process has ended.
 */
export async function readStateFile(path: string): Promise<EmulatorState> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw notRunning(missing ? "there is no state file" : "its state file cannot be read", path, cause);
  }
  const state = parseState(text);
  if (!state) throw notRunning("its state file is broken", path);
  if (!isAlive(state.pid)) throw notRunning("its process has ended", path);
  return state;
}

/** The error for whoever needs a running emulator. */
export function notRunning(reason: string, path: string, cause?: unknown): RunpassError {
  return new RunpassError({
    code: "emulator_not_running",
    message: "no running emulator was found",
    why: `${reason} (${path})`,
    fix: "Start one with `runpass emulator start`, or run a command in one with `runpass emulator exec -- COMMAND`.",
    cause,
  });
}

function parseState(text: string): EmulatorState | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // told apart by the caller
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { url, pid, adminSecret } = value as Record<string, unknown>;
  if (typeof url !== "string" || !/^http:\/\/127\.0\.0\.1:\d+$/.test(url)) return undefined;
  if (typeof pid !== "number" || !Number.isInteger(pid) || pid <= 0 || typeof adminSecret !== "string")
    return undefined;
  return { url, pid, adminSecret };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // it lives, but is another user's
  }
}
