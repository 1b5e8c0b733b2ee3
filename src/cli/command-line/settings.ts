import type { Environment } from "../../core/environment.ts";
import { readVariable } from "../../core/environment.ts";
import { RunpassError } from "../../core/errors.ts";
import { choicesOf, flagOf, flags, flagsOf, variableOf } from "./flags.ts";
import type { CommandFlags, FlagName } from "./flags.ts";
import { choiceError } from "./usage-error.ts";

/** A flag's value: a text, `true` for a switch or a value left out, a list where it may be repeated. */
export type FlagValue = string | true | readonly string[];

/** What the user asked for: flags first, then `RUNPASS_…` variables. What neither says is left to gcloud's configuration. */
export interface Settings {
  /** The value of a flag that takes one. */
  text(name: FlagName): string | undefined;
  /** The values of a flag that may be repeated. */
  list(name: FlagName): readonly string[];
  /** Whether a switch is on, or a flag whose value may be left out was given at all. */
  has(name: FlagName): boolean;
  /** `--region`, `RUNPASS_REGION` or nothing: where the value came from. */
  source(name: FlagName): string | undefined;
  /** The form of the output: the command's first unless asked otherwise. */
  readonly format: string;
  /** Questions are not to be asked. */
  readonly quiet: boolean;
}

/** Puts flags over environment variables, and refuses values that do not fit. */
export function createSettings(
  spec: CommandFlags,
  given: ReadonlyMap<FlagName, FlagValue>,
  environment: Environment,
): Settings {
  const values = new Map<FlagName, Sourced>();
  for (const name of flagsOf(spec)) {
    const flag = given.get(name);
    const variable = readVariable(environment, variableOf(name));
    const found =
      flag !== undefined
        ? { value: flag, source: `--${name}` }
        : variable !== undefined
          ? { value: valueOfVariable(name, spec, variable), source: variableOf(name) }
          : undefined;
    if (found?.value === undefined) continue;
    checkValue(found.source, found.value, choicesOf(name, spec));
    values.set(name, { value: found.value, source: found.source });
  }
  return settingsOf(spec, values);
}

/**
 * Puts values of a file below the settings, for what these do not say. A switch that is off in the file is not among them.
 *
 * @param source The file's name.
 */
export function withFileValues(
  settings: Settings,
  spec: CommandFlags,
  fileValues: ReadonlyMap<FlagName, FlagValue>,
  source: string,
): Settings {
  const values = new Map<FlagName, Sourced>();
  for (const name of flagsOf(spec)) {
    const before = settings.source(name);
    const value = fileValues.get(name);
    if (before !== undefined) values.set(name, { value: valueIn(settings, name), source: before });
    else if (value !== undefined) values.set(name, { value, source });
  }
  return settingsOf(spec, values);
}

interface Sourced {
  readonly value: FlagValue;
  readonly source: string;
}

function valueIn(settings: Settings, name: FlagName): FlagValue {
  if (flags[name].repeatable) return settings.list(name);
  return settings.text(name) ?? true;
}

function settingsOf(spec: CommandFlags, values: ReadonlyMap<FlagName, Sourced>): Settings {
  const text = (name: FlagName): string | undefined => {
    const value = values.get(name)?.value;
    return typeof value === "string" ? value : undefined;
  };
  const list = (name: FlagName): readonly string[] => {
    const value = values.get(name)?.value;
    return Array.isArray(value) ? (value as readonly string[]) : [];
  };
  return {
    text,
    list,
    has: (name) => values.has(name),
    source: (name) => values.get(name)?.source,
    format: text("format") ?? choicesOf("format", spec)[0] ?? "text",
    quiet: values.has("quiet") || values.has("yes"),
  };
}

function valueOfVariable(name: FlagName, spec: CommandFlags, text: string): FlagValue | undefined {
  const flag = flagOf(name, spec);
  if (flag.repeatable) return text.split(",").map((item) => item.trim());
  if (flag.value !== undefined) return text;
  if (/^(?:1|true|yes|on)$/i.test(text)) return true;
  if (/^(?:0|false|no|off)$/i.test(text)) return undefined;
  throw wrong(
    `${variableOf(name)} is ${JSON.stringify(text)}`,
    "it switches something on or off",
    "Set it to true or false.",
  );
}

function checkValue(source: string, value: FlagValue, choices: readonly string[]): void {
  const values = value === true ? [] : typeof value === "string" ? [value] : value;
  for (const item of values) {
    if (item === "") {
      throw wrong(`${source} is empty`, "perhaps a shell variable in it is not set", "Give a value, or leave it out.");
    }
    if (choices.length > 0 && !choices.includes(item)) throw choiceError(source, item, choices);
  }
}

function wrong(message: string, why: string, fix: string): RunpassError {
  return new RunpassError({ code: "invalid_argument", message, why, fix });
}
