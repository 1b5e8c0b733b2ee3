import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual, promisify } from "node:util";
import { createEmulator } from "../../src/emulator/create-emulator.ts";
import { defaultWorld } from "../../src/emulator/world.ts";
import type { World } from "../../src/emulator/world.ts";
import type { Observation } from "./observe.ts";

/** What Google and the emulator did differently. Kept as a file, it says what the emulator must do. */
export interface LiveDifferences {
  /** Of the day on which Google was asked: `2026-11-24`. */
  readonly date: string;
  readonly differences: readonly LiveDifference[];
}

export interface LiveDifference {
  readonly step: string;
  readonly google: Observation | undefined;
  readonly emulator: Observation | undefined;
  /** Why the emulator stays as it is. Written by hand: without it, the offline run fails until both are the same. */
  readonly accepted?: string;
}

/** Who goes through the flows in an emulator: somebody who may do all of it, as the live run's caller must be. */
export const ownersWorld: World = {
  ...defaultWorld,
  defaults: { ...defaultWorld.defaults, accounts: ["admin@example.com"] },
};

/** Goes through the flows in a process with this environment. */
export async function observeIn(
  environment: Readonly<Record<string, string | undefined>>,
  project: string,
  region: string,
): Promise<readonly Observation[]> {
  const env = {
    ...environment,
    RUNPASS_LIVE_PROJECT: project,
    RUNPASS_LIVE_REGION: region,
    NODE_TEST_CONTEXT: undefined,
  };
  const argv = ["--no-warnings", join(import.meta.dirname, "observe.ts")];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { env });
  return JSON.parse(stdout) as readonly Observation[];
}

/** What the emulator does, as it is now. */
export async function observeEmulator(): Promise<readonly Observation[]> {
  await using emulator = await createEmulator(ownersWorld);
  const environment = { ...process.env, ...(await emulator.prepareEnvironment()) };
  return await observeIn(environment, "demo-project", "us-central1");
}

export function compare(google: readonly Observation[], emulator: readonly Observation[]): readonly LiveDifference[] {
  const steps = [...new Set([...google, ...emulator].map(({ step }) => step))];
  return steps.flatMap((step) => {
    const [theirs, ours] = [google, emulator].map((all) => all.find((each) => each.step === step));
    return isDeepStrictEqual(theirs, ours) ? [] : [{ step, google: theirs, emulator: ours }];
  });
}

/** Writes a day's differences, an earlier file of the day replaced. @returns the path. */
export async function writeDifferences(directory: string, found: LiveDifferences): Promise<string> {
  await mkdir(directory, { recursive: true });
  const file = join(directory, `${found.date}.json`);
  await writeFile(file, `${JSON.stringify(found, null, 2)}\n`);
  return file;
}

/** What the recorded Google still does otherwise than the emulator, of every file in a directory, but for what is accepted. */
export async function replay(directory: string): Promise<readonly string[]> {
  const files = globSync("*.json", { cwd: directory }).toSorted();
  if (files.length === 0) return [];
  const now = await observeEmulator();
  const texts = await Promise.all(files.map((file) => readFile(join(directory, file), "utf8")));
  return texts.flatMap((text, at) =>
    (JSON.parse(text) as LiveDifferences).differences
      .filter(({ step, google, accepted }) => {
        const ours = now.find((each) => each.step === step);
        return accepted === undefined && !isDeepStrictEqual(google, ours);
      })
      .map(({ step }) => `${files[at]}: ${step}`),
  );
}
