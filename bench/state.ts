import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createEmulator } from "../src/emulator/create-emulator.ts";
import { defaultWorld } from "../src/emulator/world/world.ts";
import type { World } from "../src/emulator/world/world.ts";
import { command } from "./command.ts";
import { median } from "./row.ts";
import type { Row } from "./row.ts";

const rounds = 7;

/** 10,000 services, one in a hundred of them with as many members as a policy may have. */
function largeWorld(): World {
  const users = Array.from({ length: 1500 }, (_none, index) => ({ email: `user-${index}@example.com` }));
  const members = users.map(({ email }) => `user:${email}`);
  return {
    ...defaultWorld,
    users: [...defaultWorld.users, ...users],
    services: [
      ...defaultWorld.services,
      ...Array.from({ length: 9999 }, (_none, index) => ({
        name: `service-${index}`,
        project: "demo-project",
        region: "us-central1",
        bindings: [{ role: "roles/run.invoker", members: index % 100 === 0 ? members : members.slice(0, 2) }],
      })),
    ],
  };
}

/** `runpass emulator start --data` on a state of 10,000 services and 100 policies of 1,500 members, and on a small one. */
export async function benchLargeState(): Promise<Row[]> {
  const directory = mkdtempSync(path.join(tmpdir(), "runpass-bench-"));
  try {
    const [large, small] = [path.join(directory, "large"), path.join(directory, "small")];
    for (const [dataDir, world] of [
      [large, largeWorld()],
      [small, defaultWorld],
    ] as const) {
      const emulator = await createEmulator(world, { dataDir });
      await emulator.close();
    }
    const runs = { large: [] as Start[], small: [] as Start[] };
    for (let round = 0; round < rounds; round += 1) {
      runs.small.push(await startOnce(directory, small));
      runs.large.push(await startOnce(directory, large));
    }
    const middle = (of: readonly Start[], member: keyof Start): number => median(of.map((start) => start[member]));
    return [
      {
        subject: "emulator start, 10,000 services kept",
        baseline: "one service kept",
        unit: "ms",
        value: middle(runs.large, "readyMs"),
        baselineValue: middle(runs.small, "readyMs"),
        goal: { of: "value", atMost: 1000 },
      },
      {
        subject: "its memory, 10,000 services",
        baseline: "one service",
        unit: "MiB",
        value: middle(runs.large, "memoryMiB"),
        baselineValue: middle(runs.small, "memoryMiB"),
      },
    ];
  } finally {
    rmSync(directory, { recursive: true });
  }
}

interface Start {
  readonly readyMs: number;
  readonly memoryMiB: number;
}

async function startOnce(directory: string, dataDir: string): Promise<Start> {
  const env = { ...process.env, RUNPASS_EMULATOR_STATE: path.join(directory, "emulator.json") };
  const startMs = performance.now();
  const argv = [command, "emulator", "start", "--port", "0", "--data", dataDir];
  const emulator = spawn(process.execPath, argv, { env, stdio: ["ignore", "pipe", "pipe"] });
  await Promise.race([once(emulator.stdout, "data"), once(emulator.stderr, "data")]);
  const readyMs = performance.now() - startMs;
  const memoryMiB = Number(execFileSync("ps", ["-o", "rss=", "-p", String(emulator.pid)]).toString()) / 1024;
  emulator.kill("SIGTERM");
  await once(emulator, "close");
  return { readyMs, memoryMiB };
}
