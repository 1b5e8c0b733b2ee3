import { parseArgs } from "node:util";
import type { ParseArgsOptionsConfig } from "node:util";
import { flags, flagsOf } from "./flags.ts";
import type { FlagName } from "./flags.ts";
import type { ParsedCall } from "./parsed-call.ts";
import { commandNamed } from "./command-table.ts";

/**
 * Parses `runpass token …` without the argument library, whose loading takes longer than all the rest of serving a token from
 * the cache. Its tests compare it with the library.
 *
 * @returns `undefined` for what is not plain: another command, help, a value left out, a mistake. The library sees to these.
 */
export function parseTokenCommand(argv: readonly string[]): ParsedCall | undefined {
  if (argv[0] !== "token") return undefined;
  const spec = commandNamed("token");
  const names = new Map<string, FlagName>();
  const options: ParseArgsOptionsConfig = {};
  for (const name of flagsOf(spec)) {
    const { short, value, repeatable } = flags[name];
    if (repeatable) throw new TypeError(`--${name} takes a list, which is not provided for here`);
    const type = value === undefined ? "boolean" : "string";
    options[name] = short?.length === 2 ? { type, short: short.slice(1) } : { type };
    names.set(name, name);
    if (short?.startsWith("--")) {
      options[short.slice(2)] = { type };
      names.set(short.slice(2), name);
    }
  }
  try {
    const { values, positionals } = parseArgs({ args: argv.slice(1), options, allowPositionals: true });
    if (positionals.length > (spec.arguments?.length ?? 0)) return undefined;
    const given: [FlagName, string | true][] = Object.entries(values).map(([name, value]) => [
      names.get(name)!,
      value as string | true,
    ]);
    // Both names of one flag: which came last is for the library to say.
    if (new Set(given.map(([name]) => name)).size < given.length) return undefined;
    return { spec, given: new Map(given), arguments: positionals };
  } catch {
    return undefined; // the library reports it better
  }
}
