import type { Io } from "../io.ts";
import type { CommandFlags } from "./flags.ts";
import type { Printer } from "../printer.ts";
import type { Settings } from "./settings.ts";

/** What a command is called with and looks like. Help, parsing, completion and `docs/cli.md` are made from it. */
export interface CommandSpec extends CommandFlags {
  /** The words of its name: `["emulator", "start"]`; empty for `runpass` alone. */
  readonly path: readonly string[];
  /** One line, no full stop. */
  readonly summary: string;
  /** What else there is to know, in whole sentences. */
  readonly description?: string;
  readonly arguments?: readonly CommandArgument[];
  /** Everything from the first argument on belongs to another program. */
  readonly passThrough?: true;
  /** The other program follows after `--`, which stays among the arguments. */
  readonly keepsSeparator?: true;
  /** Its arguments may begin with a hyphen, as `-90s` does; what is no option of its own is one. */
  readonly takesHyphens?: true;
  /** The exit code is that of another program; our own failures end with 125. */
  readonly childExitCode?: true;
  /** Lines to copy, each with what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  /** Its code, loaded when it is called. */
  load(): Promise<{ readonly execute: Execute }>;
}

export interface CommandArgument {
  /** In capitals, as in help. */
  readonly name: string;
  readonly help: string;
  readonly required?: true;
  /** Takes all that follow. */
  readonly variadic?: true;
  readonly choices?: readonly string[];
}

/** One call of a command. */
export interface Invocation {
  readonly spec: CommandSpec;
  readonly io: Io;
  readonly settings: Settings;
  readonly arguments: readonly string[];
  readonly printer: Printer;
}

/** Runs a command. @returns the exit code where it is not 0. */
export type Execute = (invocation: Invocation) => Promise<number | void>;
