import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createEmulator } from "../src/emulator/create-emulator.ts";
import { defaultWorld } from "../src/emulator/world/world.ts";
import { command } from "./command.ts";
import { median } from "./row.ts";
import type { Row } from "./row.ts";

const rounds = 41;

/** `runpass token` when the token is in the cache, against a Node.js that does nothing at all. */
export async function benchCachedToken(): Promise<Row[]> {
  await using emulator = await createEmulator(defaultWorld);
  // Without the variable that makes any Node.js load its HTTP client when it starts: a user's own shell does not have it.
  const env = { ...process.env, ...(await emulator.prepareEnvironment()), NODE_USE_ENV_PROXY: undefined };
  const token = [command, "token", "my-service", "--as", "invoker"];
  const grant = spawn(process.execPath, [command, "grant", "my-service", "--as", "invoker", "--quiet"], { env });
  await once(grant, "close");
  const first = spawn(process.execPath, token, { env });
  const [code] = (await once(first, "close")) as [number];
  if (code !== 0) throw new Error(`runpass token ended with ${code}`);

  const bareMs: number[] = [];
  const tokenMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    bareMs.push(timeMs(() => execFileSync(process.execPath, ["-e", "0"], { env })));
    tokenMs.push(timeMs(() => execFileSync(process.execPath, token, { env })));
  }
  return [
    {
      subject: "runpass token, from cache",
      baseline: "node -e 0",
      unit: "ms",
      value: median(tokenMs),
      baselineValue: median(bareMs),
      goal: { of: "ratio", atMost: 1.5 },
    },
  ];
}

/** From `runpass emulator start` to the moment when it says that it is ready. */
export async function benchEmulatorReady(): Promise<Row[]> {
  const directory = mkdtempSync(path.join(tmpdir(), "runpass-bench-"));
  const env = { ...process.env, RUNPASS_EMULATOR_STATE: path.join(directory, "emulator.json") };
  const bareMs: number[] = [];
  const readyMs: number[] = [];
  try {
    for (let round = 0; round < 11; round += 1) {
      bareMs.push(timeMs(() => spawnSync(process.execPath, ["-e", "0"])));
      const startMs = performance.now();
      const emulator = spawn(process.execPath, [command, "emulator", "start", "--port", "0"], {
        env,
        stdio: ["ignore", "pipe", "pipe"],
      });
      await Promise.race([once(emulator.stdout, "data"), once(emulator.stderr, "data")]);
      readyMs.push(performance.now() - startMs);
      emulator.kill("SIGTERM");
      await once(emulator, "close");
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
  return [
    {
      subject: "runpass emulator start, until ready",
      baseline: "node -e 0",
      unit: "ms",
      value: median(readyMs),
      baselineValue: median(bareMs),
      goal: { of: "value", atMost: 400 },
    },
  ];
}

/** A fresh world in a process that has had one before. */
export async function benchFreshWorld(): Promise<Row[]> {
  const freshMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startMs = performance.now();
    const emulator = await createEmulator(defaultWorld);
    freshMs.push(performance.now() - startMs);
    await emulator.close();
  }
  return [
    {
      subject: "a fresh world in the same process",
      unit: "ms",
      value: median(freshMs.slice(1)),
      goal: { of: "value", atMost: 20 },
    },
  ];
}

function timeMs(action: () => void): number {
  const startMs = performance.now();
  action();
  return performance.now() - startMs;
}
