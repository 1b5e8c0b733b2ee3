import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { command } from "./command.ts";
import type { ServerAddress, ServerRole } from "./forward-servers.ts";
import { putLoad } from "./load.ts";
import type { Load } from "./load.ts";
import { median } from "./row.ts";
import type { Row } from "./row.ts";

const load = { connections: 32, durationMs: 1500 };
const rounds = 5;

/** The gate in front of a backend, against the backend alone and against a plain forwarder in front of it. */
export async function benchForward(): Promise<Row[]> {
  const workers: Worker[] = [];
  const start = async (role: ServerRole): Promise<ServerAddress> => {
    const worker = new Worker(new URL("forward-servers.ts", import.meta.url), { workerData: role });
    workers.push(worker);
    const [address] = (await once(worker, "message")) as [ServerAddress];
    return address;
  };
  try {
    const backend = await start({ name: "backend" });
    const forwarder = await start({ name: "forwarder", backend: backend.url });
    const emulator = await start({ name: "emulator", backend: backend.url });
    const header = execFileSync(process.execPath, [command, "token", "--format", "header"], {
      env: { ...process.env, ...emulator.environment },
      encoding: "utf8",
    });
    const headers = { authorization: header.slice(header.indexOf(":") + 1).trim() };

    const seen: Record<"alone" | "forwarded" | "gated", Load[]> = { alone: [], forwarded: [], gated: [] };
    for (let round = 0; round < rounds; round += 1) {
      seen.alone.push(await putLoad(backend.url, headers, load));
      seen.forwarded.push(await putLoad(forwarder.url, headers, load));
      seen.gated.push(await putLoad(emulator.url, headers, load));
    }
    const rate = (loads: readonly Load[]): number => median(loads.map((one) => one.requestsPerSecond));
    const timeMs = (loads: readonly Load[]): number => median(loads.map((one) => one.medianMs));
    return [
      row("requests through the gate", "the backend alone", "requests/s", rate(seen.gated), rate(seen.alone)),
      row("requests through the gate", "a plain Node forwarder", "requests/s", rate(seen.gated), rate(seen.forwarded)),
      row("median time through the gate", "the backend alone", "ms", timeMs(seen.gated), timeMs(seen.alone)),
      row("median time through the gate", "a plain Node forwarder", "ms", timeMs(seen.gated), timeMs(seen.forwarded)),
    ];
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function row(subject: string, baseline: string, unit: string, value: number, baselineValue: number): Row {
  return { subject, baseline, unit, value, baselineValue };
}
