import { spawn } from "node:child_process";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { once } from "node:events";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createEmulator } from "../../src/emulator/create-emulator.ts";
import { command } from "../command.ts";
import type { Row } from "../row.ts";
import { residentKib } from "./process-cost.ts";
import { firstLine } from "./subjects.ts";
import type { Subject, Subjects } from "./subjects.ts";

const streams = 1_000;

/** What `runpass proxy` holds when it has served a request and waits for the next, and when it has served many. */
export async function benchIdleMemory({ directory }: Subjects): Promise<Row[]> {
  await using emulator = await createEmulator();
  const child = spawn(
    process.execPath,
    [command, "proxy", "my-service", "--port", "0", "--format", "json", "--quiet"],
    {
      env: { ...process.env, ...(await emulator.prepareEnvironment(path.join(directory, "emulator"))) },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const unit = "MiB resident";
  const held = (): number => residentKib(child.pid ?? 0) / 1_024;
  try {
    const { doors } = JSON.parse(await firstLine(child)) as { doors: { url: string }[] };
    const ask = async (): Promise<string> => (await fetch(doors[0]?.url ?? "")).text();
    await ask();
    await pause(1_000);
    const fresh: Row = { subject: "idle proxy", unit, value: held(), goal: { of: "value", atMost: 80 } };
    for (let round = 0; round < 100; round += 1) await Promise.all(Array.from({ length: 20 }, ask));
    const busy: Row = { subject: "proxy after 2,000 requests", unit, value: held() };
    await pause(32_000); // it looks after itself when nobody asks for half a minute
    return [fresh, busy, { subject: "the same, idle again", unit, value: held() }];
  } finally {
    child.kill();
  }
}

/** What each of a thousand open server-sent event streams costs. */
export async function benchHeldStreams(subjects: Subjects): Promise<Row[]> {
  const backend = await subjects.node("tls-backend-h2");
  const ours = await subjects.node("runpass", backend);
  const go = await subjects.go(backend);
  const cost = await holdStreams(ours);
  const row: Row = { subject: `${streams} streams held, h1→h2`, unit: "KiB a stream", value: cost };
  return go ? [{ ...row, baseline: go.name, baselineValue: await holdStreams(go) }] : [row];
}

async function holdStreams({ url, child }: Subject): Promise<number> {
  const open = async (): Promise<IncomingMessage> => {
    const outgoing = request(`${url.replace("//localhost", "//127.0.0.1")}/stream`, { agent: false }).end();
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    await once(answer, "data");
    return answer;
  };
  const warm = await Promise.all(Array.from({ length: 10 }, open));
  const before = residentKib(child.pid ?? 0);
  const held: IncomingMessage[] = [];
  // A few at a time: what is measured is what they hold, not what their beginning takes.
  while (held.length < streams) held.push(...(await Promise.all(Array.from({ length: 20 }, open))));
  await pause(500);
  const grown = residentKib(child.pid ?? 0) - before;
  for (const answer of [...warm, ...held]) answer.destroy();
  return grown / streams;
}
