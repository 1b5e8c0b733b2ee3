import { setTimeout as delay } from "node:timers/promises";
import { RunpassError } from "../../core/errors.ts";
import { connectEmulator } from "../../emulator/control-client.ts";
import type { Execute } from "../command-line/command.ts";

/** How long an emulator may take to let its open requests end, in milliseconds. */
const deadlineMs = 15_000;

export const execute: Execute = async ({ io, printer, settings }) => {
  const control = await connectEmulator(io.environment);
  await control.stop();
  // No event tells of the end of a process that is not our child.
  for (const startMs = performance.now(); isAlive(control.pid); await delay(20)) {
    if (performance.now() - startMs > deadlineMs) throw stillRunning(control.pid);
  }
  if (settings.format === "json") printer.json({ url: control.url, pid: control.pid, stopped: true });
  else printer.note(`[emulator] ${control.url} has ended`);
};

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false; // started within this very process
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // no such process
  }
}

function stillRunning(pid: number): RunpassError {
  return new RunpassError({
    code: "unexpected",
    message: `the emulator (process ${pid}) was asked to stop but still runs`,
    fix: `End it by force: kill ${pid}`,
  });
}
