import { connectEmulator } from "../../emulator/control-client.ts";
import type { Execute } from "../command-line/command.ts";
import { alignColumns } from "../columns.ts";

export const execute: Execute = async ({ io, printer, settings }) => {
  const status = await (await connectEmulator(io.environment)).status();
  if (settings.format === "json") {
    printer.json(status);
    return;
  }
  const rows = [
    ["emulator", `${status.url} (process ${status.pid})`],
    ["time", status.time],
    ["project", status.project],
    ["region", status.region],
    ["accounts", status.accounts.join(", ")],
    ["decisions", String(status.decisions)],
    ...status.services.flatMap(({ name, url, localUrl }) => [
      ["service", name],
      ["", url],
      ["", localUrl],
    ]),
  ];
  for (const line of alignColumns(rows)) printer.line(line);
};
