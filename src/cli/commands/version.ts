import type { Execute } from "../command-line/command.ts";
import { version } from "../version.ts";

export const execute: Execute = async ({ printer, settings }) => {
  if (settings.format === "json") printer.json({ runpass: version, node: process.versions.node });
  else printer.line(version);
};
