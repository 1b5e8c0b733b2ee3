import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { createEmulator } from "../../src/emulator/create-emulator.ts";
import { defaultWorld } from "../../src/emulator/world/world.ts";
import type { World } from "../../src/emulator/world/world.ts";
import type { Observation, Unseen } from "./situation.ts";

/** Whose emulator is gone through: somebody's who may do all of it, as the live run's caller must be. */
export const ownersWorld: World = {
  ...defaultWorld,
  defaults: { ...defaultWorld.defaults, accounts: ["admin@example.com"] },
};

/** Goes through all situations in a process with this environment. When `signal` is aborted it clears up and ends. */
export async function goThrough(
  environment: Readonly<Record<string, string | undefined>>,
  project: string,
  region: string,
  signal?: AbortSignal,
): Promise<readonly (Observation | Unseen)[]> {
  const env = {
    ...environment,
    RUNPASS_LIVE_PROJECT: project,
    RUNPASS_LIVE_REGION: region,
    NODE_TEST_CONTEXT: undefined,
  };
  const argv = ["--no-warnings", join(import.meta.dirname, "observe.ts")];
  const running = promisify(execFile)(process.execPath, argv, { env, maxBuffer: 1 << 26 });
  const interrupt = (): void => void running.child.kill("SIGTERM");
  signal?.addEventListener("abort", interrupt);
  try {
    return JSON.parse((await running).stdout) as readonly (Observation | Unseen)[];
  } finally {
    signal?.removeEventListener("abort", interrupt);
  }
}

/** What the emulator does, as it is now. */
export async function goThroughEmulator(): Promise<readonly (Observation | Unseen)[]> {
  await using emulator = await createEmulator(ownersWorld);
  const environment = { ...process.env, ...(await emulator.prepareEnvironment()) };
  return await goThrough(environment, "demo-project", "us-central1");
}
