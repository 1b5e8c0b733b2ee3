import { quotePosix } from "./own-command.ts";

/** Whose syntax: `posix` is sh, bash and zsh. */
export type ShellSyntax = "posix" | "fish" | "powershell";

interface Syntax {
  set(name: string, value: string): string;
  unset(name: string): string;
  /** Puts a folder in front of PATH, once. */
  prependPath(folder: string): string;
}

const syntaxes: Readonly<Record<ShellSyntax, Syntax>> = {
  posix: {
    set: (name, value) => `export ${name}=${quotePosix(value)}`,
    unset: (name) => `unset ${name}`,
    prependPath: (folder) =>
      `case ":$PATH:" in *:${quotePosix(folder)}:*) ;; *) export PATH=${quotePosix(folder)}:"$PATH" ;; esac`,
  },
  fish: {
    set: (name, value) => `set -gx ${name} ${quoteFish(value)}`,
    unset: (name) => `set -e ${name}`,
    prependPath: (folder) => `contains -- ${quoteFish(folder)} $PATH; or set -gx PATH ${quoteFish(folder)} $PATH`,
  },
  powershell: {
    set: (name, value) => `$env:${name} = ${quotePowershell(value)}`,
    unset: (name) => `Remove-Item -ErrorAction Ignore Env:${name}`,
    prependPath: (folder) =>
      `if (($env:PATH -split [IO.Path]::PathSeparator) -notcontains ${quotePowershell(folder)}) { $env:PATH = ${quotePowershell(folder)} + [IO.Path]::PathSeparator + $env:PATH }`,
  },
};

/** The lines that a shell evaluates: a value sets a variable, `undefined` takes it away. Names that no shell can hold are left out. */
export function shellLines(
  shell: ShellSyntax,
  variables: Readonly<Record<string, string | undefined>>,
  pathFolder: string,
): string[] {
  const syntax = syntaxes[shell];
  const entries = Object.entries(variables).filter(([name]) => /^[A-Za-z_]\w*$/.test(name));
  return [
    ...entries.map(([name, value]) => (value === undefined ? syntax.unset(name) : syntax.set(name, value))),
    syntax.prependPath(pathFolder),
  ];
}

/** The syntax of the shell that `$SHELL` names. */
export function shellSyntaxOf(shell: string | undefined): ShellSyntax {
  const name = shell
    ?.split(/[\\/]/)
    .at(-1)
    ?.replace(/\.exe$/i, "");
  if (name === "fish") return "fish";
  return name === "pwsh" || name === "powershell" ? "powershell" : "posix";
}

function quoteFish(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function quotePowershell(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
