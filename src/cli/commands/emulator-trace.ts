import { connectEmulator } from "../../emulator/control-client.ts";
import type { Execute } from "../command-line/command.ts";

export const execute: Execute = async ({ io, printer, settings }) => {
  const entries = await (await connectEmulator(io.environment)).trace();
  if (settings.format === "json") {
    printer.json(entries);
    return;
  }
  const { style } = printer;
  for (const { time, method, host, path, principal, status, allowed, steps } of entries) {
    const outcome = (allowed ? style.green : style.red)(String(status));
    printer.line(`${style.dim(time)}  ${outcome}  ${method} ${host}${path}  ${principal ?? "nobody"}`);
    for (const { rule, outcome: result, detail, fact, grade } of steps) {
      const mark = { passed: style.green("+"), failed: style.red("-"), skipped: style.dim(".") }[result];
      printer.line(
        `    ${mark} ${rule}: ${detail}${grade === "guess" ? style.yellow(` (a guess: ${fact})`) : style.dim(` (${grade}: ${fact})`)}`,
      );
    }
  }
  if (entries.length === 0) printer.note("No request has reached a service yet.");
};
