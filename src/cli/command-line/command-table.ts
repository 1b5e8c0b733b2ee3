import type { CommandSpec } from "./command.ts";
import { aboutCommands } from "./command-table/about.ts";
import { accessCommands } from "./command-table/access.ts";
import { callingCommands } from "./command-table/calling.ts";
import { emulatorCommands } from "./command-table/emulator.ts";
import { loginCommands } from "./command-table/login.ts";
import { proxyCommands } from "./command-table/proxy.ts";

/** Every command there is, in the order of help. */
export const commands: readonly CommandSpec[] = [
  ...callingCommands,
  ...accessCommands,
  ...loginCommands,
  ...proxyCommands,
  ...emulatorCommands,
  ...aboutCommands,
];

/** The command with this name. */
export function commandNamed(...path: readonly string[]): CommandSpec {
  const found = commands.find((spec) => spec.path.join(" ") === path.join(" "));
  if (!found) throw new TypeError(`there is no command ${path.join(" ")}`);
  return found;
}
