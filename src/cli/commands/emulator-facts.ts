import { connectEmulator } from "../../emulator/control-client.ts";
import type { Execute } from "../command-line/command.ts";

export const execute: Execute = async ({ io, printer, settings }) => {
  const facts = await (await connectEmulator(io.environment)).facts();
  if (settings.format === "json") {
    printer.json(facts);
    return;
  }
  const { style } = printer;
  for (const { name, grade, says, source, switch: by, value } of facts) {
    if (grade !== "guess") continue;
    printer.line(`${style.yellow(name)}  ${says}`);
    printer.line(style.dim(`    why: ${source}`));
    if (by) printer.line(`    ${by.name}: ${value}${value === by.default ? "" : ` (default ${by.default})`}`);
  }
  const others = facts.filter(({ grade }) => grade !== "guess").length;
  printer.note(`${others} more facts are published or observed: --format json lists them all.`);
};
