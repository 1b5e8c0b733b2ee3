import { readVariable } from "../core/environment.ts";
import { commands } from "./command-line/command-table.ts";
import { variableOf } from "./command-line/flags.ts";
import type { Io } from "./io.ts";
import { parseTokenCommand } from "./command-line/parse-token-command.ts";
import type { ParsedCall } from "./command-line/parsed-call.ts";
import { createPrinter } from "./printer.ts";
import { reportError } from "./report-error.ts";
import { createSettings } from "./command-line/settings.ts";

/** Runs one command line from beginning to end. @returns the exit code; never rejects. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let call: ParsedCall | undefined;
  let format = formatAskedFor(argv, io);
  let verbosity: string | undefined;
  try {
    const parsed = parseTokenCommand(argv) ?? (await parseAny(argv, io));
    if (typeof parsed === "string") {
      io.stdout.write(parsed);
      return 0;
    }
    call = parsed;
    const { spec } = call;
    const settings = createSettings(spec, call.given, io.environment);
    format = settings.format;
    verbosity = settings.text("verbosity");
    const { execute } = await spec.load();
    const printer = createPrinter(io, verbosity);
    return (await execute({ spec, io, settings, arguments: call.arguments, printer })) ?? 0;
  } catch (error) {
    return reportError(error, io, {
      format,
      besideChild: call ? call.spec.childExitCode === true : callsChild(argv),
      debug: verbosity === "debug",
    });
  }
}

async function parseAny(argv: readonly string[], io: Io): Promise<ParsedCall | string> {
  const [{ parseCommandLine }, library] = await Promise.all([import("./command-line/program.ts"), import("commander")]);
  return parseCommandLine(library, argv, io.stdout.columns);
}

/** The form that errors take before the command line is understood. */
function formatAskedFor(argv: readonly string[], io: Io): string | undefined {
  const at = argv.indexOf("--format");
  const flag = at < 0 ? argv.find((word) => word.startsWith("--format="))?.slice("--format=".length) : argv[at + 1];
  return flag ?? readVariable(io.environment, variableOf("format"));
}

/** Whether the exit code is another program's, as far as the words tell: the command line may be wrong. */
function callsChild(argv: readonly string[]): boolean {
  const start = argv.findIndex((word) => commands.some(({ path }) => path[0] === word)); // options may come first
  return commands.some(
    ({ path, childExitCode }) => childExitCode === true && path.every((word, at) => argv[start + at] === word),
  );
}
