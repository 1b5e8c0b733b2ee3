import { RunpassError } from "../../core/errors.ts";
import { connectEmulator } from "../../emulator/control-client.ts";
import type { EmulatorControl } from "../../emulator/control-client.ts";
import type { Fault } from "../../emulator/world/world-trouble.ts";
import { perimeterReason } from "../../google/status.ts";
import { alignColumns } from "../columns.ts";
import type { Execute, Invocation } from "../command-line/command.ts";
import { parseDurationMs } from "../duration.ts";

export const execute: Execute = async (invocation) => {
  const { io, printer, settings, arguments: words } = invocation;
  const [action = "list", ...rest] = words;
  const fault = action === "add" ? parseFault(rest) : undefined;
  if (action === "clear" && rest.length > 1) throw wrong(`clear takes one id, not ${rest.length} words`);
  if (action === "list" && rest.length > 0) throw wrong(`list takes no more, not ${JSON.stringify(rest[0])}`);
  const control = await connectEmulator(io.environment);
  if (fault) {
    const id = await control.addFault(fault);
    if (settings.format === "json") printer.json({ id, fault });
    else printer.note(`[emulator] fault ${id} is set; to take it away: runpass emulator fault clear ${id}`);
  } else if (action === "clear") {
    await control.clearFaults(rest[0]);
    if (settings.format === "json") printer.json({ cleared: rest[0] ?? "all" });
    else printer.note(rest[0] === undefined ? "[emulator] no fault is left" : `[emulator] fault ${rest[0]} is gone`);
  } else {
    await list(control, invocation);
  }
};

async function list(control: EmulatorControl, { printer, settings }: Invocation): Promise<void> {
  const faults = await control.faults();
  if (settings.format === "json") {
    printer.json(faults);
    return;
  }
  const rows = faults.map(({ id, fault: { api, service, ...rest }, met }) => [
    id,
    api ?? service ?? "",
    Object.entries(rest)
      .map(([name, value]) => `${name}=${value}`)
      .join(" "),
    `met ${met} times`,
  ]);
  for (const line of alignColumns(rows)) printer.line(line);
  if (faults.length === 0) printer.note("No fault is set.");
}

/** Reads `run.googleapis.com status=503 retry-after=5`. */
export function parseFault([of, ...words]: readonly string[]): Fault {
  if (of === undefined || of.includes("=")) throw wrong("it names no API and no service");
  const isApi = /\.(?:googleapis|google)\.com$/.test(of);
  const fault: Record<string, unknown> = isApi ? { api: of } : { service: of };
  for (const word of words) {
    const [, name = "", value = ""] = /^([a-z-]+)=(.+)$/.exec(word) ?? [];
    switch (name) {
      case "status":
      case "times":
      case "share":
        fault[name] = parseNumber(word, value);
        break;
      case "retry-after":
        fault["retryAfterSeconds"] = parseNumber(word, value.replace(/s$/, ""));
        break;
      case "latency":
        fault["latencyMs"] = parseDurationMs(value) ?? parseNumber(word, value);
        break;
      case "connection":
        if (value !== "reset" && value !== "half-body") throw wrong(`connection is reset or half-body, not ${value}`);
        fault[name] = value;
        break;
      case "reason":
        if (value !== perimeterReason) throw wrong(`reason is ${perimeterReason}, not ${value}`);
        fault[name] = value;
        break;
      case "path":
        fault[name] = value;
        break;
      default:
        throw wrong(`${JSON.stringify(word)} is no setting`);
    }
  }
  return fault;
}

function parseNumber(word: string, value: string): number {
  if (!/^\d+(?:\.\d+)?$/.test(value)) throw wrong(`${JSON.stringify(word)} needs a number`);
  return Number(value);
}

function wrong(why: string): RunpassError {
  return new RunpassError({
    code: "invalid_argument",
    message: "This is no fault that could be set",
    why,
    fix: "For example: runpass emulator fault add my-service status=503 retry-after=5 times=2",
  });
}
