import type { CommandSpec } from "./command.ts";
import { commands } from "./command-table.ts";
import { nextWords } from "./command-words.ts";
import { choicesOf, flagOf, flags, flagsOf } from "./flags.ts";
import type { FlagName } from "./flags.ts";

export type CompletionShell = "bash" | "zsh" | "fish";

/** A completion script made from the tables of commands and flags: it never runs runpass, nor reaches the network. */
export function completionScript(shell: CompletionShell): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell]();
}

/** Every name of a flag, as typed. */
function namesOf(name: FlagName): string[] {
  const { short } = flags[name];
  return [...(short === undefined ? [] : [short]), `--${name}`];
}

/** Groups such as `emulator`, whose next word is a command. */
function groups(): string[] {
  return [...new Set(commands.filter(({ path }) => path.length > 1).map(({ path }) => path[0] ?? ""))];
}

function bashScript(): string {
  const named = commands.filter(({ path }) => path.length > 0);
  const values = named.flatMap((spec) =>
    flagsOf(spec)
      .filter((name) => choicesOf(name, spec).length > 0)
      .map((name) => {
        const patterns = namesOf(name).map((flag) => `"${spec.path.join(" ")} ${flag}"`);
        return `    ${patterns.join("|")}) words="${choicesOf(name, spec).join(" ")}" ;;`;
      }),
  );
  const words = [
    ...named.map((spec) => [spec.path.join(" "), ...nextWords(spec.path), ...argumentWords(spec), ...flagWords(spec)]),
    ...groups()
      .filter((group) => !named.some(({ path }) => path.join(" ") === group))
      .map((group) => [group, ...nextWords([group])]),
  ]
    .toSorted(([left = ""], [right = ""]) => right.split(" ").length - left.split(" ").length) // the first that fits counts
    .map(([name = "", ...following]) => `    "${name} "*) words="${following.join(" ")}" ;;`);
  return `# bash completion for runpass: eval "$(runpass completion bash)"
_runpass() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" name="" words=""
  ((COMP_CWORD > 1)) && name="\${COMP_WORDS[1]}"
  case "$name" in ${groups().join("|")}) ((COMP_CWORD > 2)) && name="$name \${COMP_WORDS[2]}" ;; esac
  case "$name $previous" in
${values.join("\n")}
    " "*|"help "*) words="${[...nextWords([]), "help"].join(" ")} --help" ;;
${words.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _runpass runpass
`;
}

function flagWords(spec: CommandSpec): string[] {
  return [...flagsOf(spec).flatMap(namesOf), "--help"];
}

function argumentWords(spec: CommandSpec): readonly string[] {
  return (spec.arguments ?? []).flatMap(({ choices }) => choices ?? []);
}

/** zsh understands bash's completion functions. Source: zsh manual, "bashcompinit". */
function zshScript(): string {
  return `# zsh completion for runpass: eval "$(runpass completion zsh)"
autoload -Uz compinit bashcompinit
(($+functions[compdef])) || compinit
bashcompinit
${bashScript()}`;
}

function fishScript(): string {
  const lines = ["# fish completion for runpass: runpass completion fish | source", "complete -c runpass -f"];
  for (const word of [...nextWords([]), "help"]) {
    const spec = commands.find(({ path }) => path.length === 1 && path[0] === word);
    lines.push(`complete -c runpass -n __fish_use_subcommand -a ${word}${describeFish(spec?.summary)}`);
  }
  for (const spec of commands) {
    const [first, second] = spec.path;
    if (first === undefined) continue;
    if (second !== undefined) {
      const siblings = nextWords([first]).join(" ");
      const condition = `"__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${siblings}"`;
      lines.push(`complete -c runpass -n ${condition} -a ${second}${describeFish(spec.summary)}`);
    }
    const seen = spec.path.map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ");
    for (const word of argumentWords(spec)) lines.push(`complete -c runpass -n "${seen}" -a ${word}`);
    for (const name of flagsOf(spec)) lines.push(fishFlag(name, spec, seen));
  }
  return `${lines.join("\n")}\n`;
}

function fishFlag(name: FlagName, spec: CommandSpec, seen: string): string {
  const { short, value, valueIsOptional, help } = flagOf(name, spec);
  const names = [
    `-l ${name}`,
    ...(short === undefined ? [] : [short.startsWith("--") ? `-l ${short.slice(2)}` : `-s ${short.slice(1)}`]),
  ];
  const choices = choicesOf(name, spec);
  const takes =
    value === undefined || valueIsOptional ? "" : choices.length > 0 ? ` -x -a "${choices.join(" ")}"` : " -x";
  return `complete -c runpass -n "${seen}" ${names.join(" ")}${takes}${describeFish(help)}`;
}

function describeFish(text: string | undefined): string {
  return text === undefined ? "" : ` -d '${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
