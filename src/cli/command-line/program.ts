import type { RunpassError } from "../../core/errors.ts";
import type { Command, CommanderError, Option } from "commander";
import type { CommandArgument, CommandSpec } from "./command.ts";
import { commands } from "./command-table.ts";
import { checkCommandWords, nextWords } from "./command-words.ts";
import { choicesOf, commonFlags, flagOf, flagsOf, googleFlags } from "./flags.ts";
import type { FlagName } from "./flags.ts";
import type { ParsedCall } from "./parsed-call.ts";
import type { FlagValue } from "./settings.ts";
import { choiceError, helpHint, usageError } from "./usage-error.ts";

type Library = typeof import("commander");

/**
 * Parses any command line with the argument library, which is passed in: it is loaded only when it is needed.
 *
 * @returns the call, or the help that was asked for.
 * @throws {RunpassError} `invalid_argument` with the nearest match.
 */
export function parseCommandLine(library: Library, argv: readonly string[], columns = 100): ParsedCall | string {
  const words = wordsOf(argv);
  const path = checkCommandWords(words);
  const behind = separated(words);
  let call: ParsedCall | undefined;
  let help = "";
  const program = createProgram(library, (parsed) => {
    call = parsed;
  });
  for (const command of [program, ...program.commands, ...program.commands.flatMap((group) => group.commands)]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => {
        help += text;
      },
      writeErr: () => {},
      getOutHelpWidth: () => Math.min(columns, 120),
    });
  }
  try {
    program.parse(words.slice(0, words.length - behind.length), { from: "user" });
  } catch (error) {
    if (!(error instanceof library.CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") return help;
    throw libraryError(error, path);
  }
  if (!call) throw new TypeError("the argument library called no command");
  return { ...call, arguments: [...call.arguments, ...behind] };
}

/** `help COMMAND` and `--version` are what people try first, whatever a tool calls them. */
function wordsOf(argv: readonly string[]): string[] {
  const [first = "", ...rest] = argv;
  if (first === "help") return [...rest, "--help"];
  return first === "--version" || first === "-V" ? ["version", ...rest] : [...argv];
}

/** The separator and what follows it, where that is another program's: the library would take the separator away. */
function separated(words: readonly string[]): readonly string[] {
  const name = words.find((word) => commands.some(({ path }) => path[0] === word)); // options may come first
  const keepsIt = commands.some(({ path, keepsSeparator }) => keepsSeparator === true && path[0] === name);
  const at = keepsIt ? words.indexOf("--") : -1;
  return at < 0 ? [] : words.slice(at);
}

function createProgram(library: Library, onCall: (call: ParsedCall) => void): Command {
  const program = new library.Command("runpass")
    .description("Calls private Cloud Run services, as yourself or as a service account. Not a Google product.")
    .usage("COMMAND [OPTIONS]")
    .enablePositionalOptions()
    .helpCommand("help [COMMAND]", "shows what a command takes, with examples")
    .configureHelp({ subcommandTerm: (command) => [command.name(), argumentsOf(command)].join(" ").trim() })
    .addHelpText("after", `\n${variablesHint}`);
  for (const spec of commands) {
    const command = addCommand(program, spec);
    for (const flag of flagsOf(spec)) {
      const option = createOption(library, flag, spec);
      // Before a command they are taken too; one list of them in the command's own help is enough.
      command.addOption(command === program ? option.hideHelp() : option);
    }
    command.action(() => {
      const words = command.processedArgs.flat().filter((word): word is string => typeof word === "string");
      checkChoices(spec, words);
      onCall({ spec, given: givenFlags(spec, program, command), arguments: words });
    });
  }
  return program;
}

function checkChoices(spec: CommandSpec, words: readonly string[]): void {
  for (const [at, { name, choices = [] }] of (spec.arguments ?? []).entries()) {
    const word = words[at];
    if (word === undefined || choices.length === 0 || choices.includes(word)) continue;
    throw choiceError(name, word, choices);
  }
}

/** Help ends with it. */
const variablesHint = `Each option has an environment variable: RUNPASS_REGION stands for --region.
Options win over variables, and both over gcloud's configuration.`;

function argumentsOf(command: Command): string {
  return command.registeredArguments.map((argument) => `[${argument.name()}]`).join(" ");
}

function addCommand(program: Command, spec: CommandSpec): Command {
  const [first, second] = spec.path;
  if (first === undefined) return program;
  const parent = second === undefined ? program : groupNamed(program, first);
  const command = parent.command(second ?? first);
  describe(command, spec);
  if (spec.passThrough) command.passThroughOptions();
  if (spec.takesHyphens) command.allowUnknownOption();
  // Others begin with it: options behind their names are theirs.
  const isGroup = commands.some(({ path }) => path[0] === first && path.length > spec.path.length);
  if (isGroup) command.enablePositionalOptions().helpCommand(false);
  return command;
}

function groupNamed(program: Command, name: string): Command {
  const found = program.commands.find((command) => command.name() === name);
  if (found) return found;
  const group = program.command(name).usage("COMMAND [OPTIONS]").helpCommand(false).enablePositionalOptions();
  return group.summary(`${groupSummaries[name] ?? ""}: ${nextWords([name]).join(", ")}`);
}

const groupSummaries: Readonly<Record<string, string>> = { emulator: "a Google on this machine" };

function describe(command: Command, spec: CommandSpec): void {
  command
    .summary(spec.summary)
    .description(spec.description ?? `${spec.summary[0]?.toUpperCase()}${spec.summary.slice(1)}.`);
  for (const argument of spec.arguments ?? []) command.argument(argumentSyntax(argument), argument.help);
  if (spec.examples.length === 0) return;
  const lines = spec.examples.map(([line, does]) => `  ${line}\n      ${does}`);
  command.addHelpText("after", `\nExamples:\n${lines.join("\n")}`);
}

function argumentSyntax({ name, required, variadic }: CommandArgument): string {
  const inner = `${name}${variadic ? "..." : ""}`;
  return required ? `<${inner}>` : `[${inner}]`;
}

function createOption(library: Library, name: FlagName, spec: CommandSpec): Option {
  const { short, value, valueIsOptional, help, repeatable } = flagOf(name, spec);
  const metavar = value === undefined ? "" : valueIsOptional ? ` [${value}]` : ` <${value}>`;
  const choices = choicesOf(name, spec);
  const option = new library.Option(
    `${short === undefined ? "" : `${short}, `}--${name}${metavar}`,
    choices.length === 0 ? help : `${help} (${choices.join(", ")})`,
  );
  if (repeatable) {
    option.argParser((text: string, before: readonly string[] | undefined) => [...(before ?? []), text]);
  }
  if (commonFlags.includes(name)) option.helpGroup("Options of every command:");
  else if (googleFlags.includes(name)) option.helpGroup("Where and who:");
  return option;
}

/** What was typed: before the command's name or after it, where the latter wins. */
function givenFlags(spec: CommandSpec, program: Command, command: Command): Map<FlagName, FlagValue> {
  const given = new Map<FlagName, FlagValue>();
  for (const source of command === program ? [program] : [program, command]) {
    for (const option of source.options) {
      const name = (option.long ?? "").slice(2) as FlagName;
      const attribute = option.attributeName();
      if (source.getOptionValueSource(attribute) !== "cli") continue;
      if (!flagsOf(spec).includes(name)) {
        throw usageError(`runpass ${spec.path.join(" ")} takes no --${name}`, helpHint(spec.path));
      }
      given.set(name, option.negate ? true : (source.getOptionValue(attribute) as FlagValue));
    }
  }
  return given;
}

/** The library's message, in our lines. */
function libraryError(error: CommanderError, path: readonly string[]): RunpassError {
  const [what = "", hint = ""] = error.message.replace(/^error: /, "").split("\n");
  const near = /^\((Did you mean .*)\)$/.exec(hint)?.[1];
  return usageError(`${what[0]?.toUpperCase()}${what.slice(1).replace(/\.$/, "")}`, near ?? helpHint(path));
}
