import type { CommandSpec } from "./command.ts";
import type { FlagName } from "./flags.ts";
import type { FlagValue } from "./settings.ts";

/** A command line, understood. */
export interface ParsedCall {
  readonly spec: CommandSpec;
  readonly given: ReadonlyMap<FlagName, FlagValue>;
  readonly arguments: readonly string[];
}
