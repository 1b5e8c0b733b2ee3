/**
 * Writes the tables in docs/ that are made from the source, each between two comments: `<!-- errors -->` … `<!-- /errors -->`.
 *
 *     node scripts/docs.ts [--check]
 *
 * With `--check` it writes nothing and ends with 1 if a table is out of date.
 */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { CommandSpec } from "../src/cli/command-line/command.ts";
import { commands } from "../src/cli/command-line/command-table.ts";
import { exitCodeOf, exitCodes } from "../src/cli/exit-codes.ts";
import { flags, variableOf } from "../src/cli/command-line/flags.ts";
import type { Flag, FlagName } from "../src/cli/command-line/flags.ts";
import { errorCodes } from "../src/core/errors.ts";
import type { ErrorCode } from "../src/core/errors.ts";
import { listFacts } from "../src/emulator/facts.ts";
import { emulatedDomains } from "../src/emulator/certificates/certificates.ts";
import { fileJsonSchema, proxyReference, worldReference } from "./file-schema.ts";

const docsDir = path.join(import.meta.dirname, "..", "docs");

const tables: Readonly<Record<string, Readonly<Record<string, () => string[]>>>> = {
  "errors.md": { errors: errorRows },
  "cli.md": { commands: () => commands.flatMap(commandSection), flags: flagRows, "exit-codes": exitCodeRows },
  "emulator.md": {
    facts: factRows,
    "permitted-names": () => emulatedDomains.map((domain) => `- \`${domain}\``),
  },
  "proxy.md": { section: proxyReference },
  "world.md": { world: worldReference },
};

/** Files that are made as a whole. */
const files: Readonly<Record<string, () => string>> = {
  "runpass.schema.json": () => `${JSON.stringify(fileJsonSchema(), null, 2)}\n`,
};

const isCheck = process.argv.includes("--check");
for (const [file, parts] of Object.entries(tables)) {
  const text = readFileSync(path.join(docsDir, file), "utf8");
  const fresh = Object.entries(parts).reduce((result, [name, rows]) => replacePart(file, result, name, rows()), text);
  if (!isCheck) {
    writeFileSync(path.join(docsDir, file), fresh);
  } else if (normalise(fresh) !== normalise(text)) {
    console.error(`docs/${file} is out of date: run \`npm run docs\``);
    process.exitCode = 1;
  }
}

function factRows(): string[] {
  const rows = listFacts({})
    .filter(({ grade }) => grade === "guess")
    .map(({ says, source, switch: by }) => `| ${says} | ${source} | ${by ? `\`${by.name}\`, ${by.default}` : ""} |`);
  return ["| guess | why | switch, default |", "| - | - | - |", ...rows];
}

for (const [file, make] of Object.entries(files)) {
  if (!isCheck) writeFileSync(path.join(docsDir, file), make());
  else if (
    JSON.stringify(JSON.parse(readFileSync(path.join(docsDir, file), "utf8"))) !== JSON.stringify(JSON.parse(make()))
  ) {
    console.error(`docs/${file} is out of date: run \`npm run docs\``);
    process.exitCode = 1;
  }
}

function errorRows(): string[] {
  const rows = (Object.keys(errorCodes) as ErrorCode[]).map((code) => {
    const { summary, retryable } = errorCodes[code];
    return `| \`${code}\` | ${summary} | ${exitCodeOf(code)} | ${retryable ? "yes" : "no"} |`;
  });
  return ["| code | meaning | exit code | may succeed later unchanged |", "| - | - | - | - |", ...rows];
}

function commandSection(spec: CommandSpec): string[] {
  const { path: words, summary, description, examples } = spec;
  const operands = (spec.arguments ?? []).map(({ name, required, variadic }) => {
    const operand = variadic ? `${name}...` : name;
    return required ? operand : `[${operand}]`;
  });
  const own = (spec.flags ?? []).map((name) => `\`--${name}\``);
  return [
    `### ${["runpass", ...words, ...operands].join(" ")}`,
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.${description === undefined ? "" : ` ${description}`}`,
    ...(examples.length > 0
      ? ["```sh\n" + examples.map(([line, does]) => `${line} # ${does}`).join("\n") + "\n```"]
      : []),
    ...(own.length > 0 ? [`Flags of its own: ${own.join(", ")}.`] : []),
  ].flatMap((paragraph) => [paragraph, ""]);
}

function flagRows(): string[] {
  const rows = (Object.keys(flags) as FlagName[]).map((name) => {
    const { short, value, valueIsOptional, help }: Flag = flags[name];
    const argument = value === undefined ? "" : valueIsOptional ? ` [${value}]` : ` ${value}`;
    const names = [`--${name}`, ...(short === undefined ? [] : [short])].map((one) => `\`${one}${argument}\``);
    return `| ${names.join(", ")} | \`${variableOf(name)}\` | ${help} |`;
  });
  return ["| flag | environment variable | meaning |", "| - | - | - |", ...rows];
}

function exitCodeRows(): string[] {
  return ["| exit code | meaning |", "| - | - |", ...Object.entries(exitCodes).map((row) => `| ${row.join(" | ")} |`)];
}

function replacePart(file: string, text: string, name: string, lines: readonly string[]): string {
  const pattern = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`);
  if (!pattern.test(text)) throw new Error(`docs/${file} has no place for ${name}`);
  return text.replace(
    pattern,
    (_all, open: string, close: string) => `${open}\n${lines.join("\n").trim()}\n\n${close}`,
  );
}

/** Without the padding that the formatter gives to tables. */
function normalise(text: string): string {
  return text.replace(/-{2,}/g, "-").replace(/ {2,}/g, " ").replace(/- \|/g, "- |");
}
