import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../../core/environment.ts";
import { readVariable } from "../../core/environment.ts";
import { RunpassError } from "../../core/errors.ts";
import { readOption } from "./parse-arguments.ts";
import type { CurlArgument } from "./parse-arguments.ts";

/** Files are read and written byte by byte, whatever their encoding: curl does not look at it either. */
export const fileEncoding = "latin1";

const maxDepth = 10;

/** Gives what is on standard input, for `-K -` and `-H @-`. */
export type ReadInput = () => Promise<string>;

/**
 * Replaces each `-K FILE` and `-H @FILE` by what is in the file, so that it can be judged and cannot change afterwards.
 *
 * @throws {RunpassError} `invalid_argument` when a file cannot be read or holds an unknown option.
 */
export async function inlineFiles(
  options: readonly CurlArgument[],
  readInput: ReadInput,
  depth = 0,
): Promise<CurlArgument[]> {
  const result: CurlArgument[] = [];
  for (const option of options) {
    const { name, value = "" } = option;
    if (name === "config") {
      if (depth >= maxDepth)
        throw invalid("curl's configuration files name each other without end", "Look at -K in them.");
      result.push(...(await inlineFiles(parseConfig(await read(value, readInput), value), readInput, depth + 1)));
    } else if (name === "header" && value.startsWith("@")) {
      result.push(...headersIn(await read(value.slice(1), readInput)));
    } else result.push(option);
  }
  return result;
}

/** As curl: lines that begin with # are comments, and what has no name is no header. (As an argument it could name a file.) */
function headersIn(text: string): CurlArgument[] {
  const lines = text.split(/\r?\n/).filter((line) => !line.startsWith("#") && /[:;]/.test(line));
  return lines.map((value) => ({ name: "header", flag: "--header", value, off: false, hidden: true }));
}

/** The options in the user's own `.curlrc`, from the first place where curl would look that has one. */
export async function readCurlrc(environment: Environment, readInput: ReadInput): Promise<CurlArgument[]> {
  const curlHome = readVariable(environment, "CURL_HOME");
  const configHome = readVariable(environment, "XDG_CONFIG_HOME");
  const places = [
    ...(curlHome === undefined ? [] : [join(curlHome, ".curlrc")]),
    ...(configHome === undefined ? [] : [join(configHome, "curlrc")]),
    join(environment.homeDir, ".curlrc"),
    ...(curlHome === undefined ? [] : [join(curlHome, ".config", "curlrc")]),
    join(environment.homeDir, ".config", "curlrc"),
  ];
  for (const place of places) {
    const text = readIfThere(place);
    if (text !== undefined) return inlineFiles(parseConfig(text, place), readInput, 1);
  }
  return [];
}

/** Reads a configuration file's text. Source: curl's manual, "-K, --config", and src/tool_parsecfg.c. */
export function parseConfig(text: string, file: string): CurlArgument[] {
  return text.split("\n").flatMap((raw, index) => {
    const line = raw.replace(/^[ \t]+/, "").replace(/\r$/, "");
    if (line === "" || line.startsWith("#")) return [];
    const dashed = line.startsWith("-");
    const [, word = "", rest = ""] = (dashed ? /^([^ \t]+)[ \t]*(.*)$/ : /^([^ \t=:]+)[ \t=:]*(.*)$/).exec(line) ?? [];
    try {
      const { options, usedNext } = readOption(dashed ? word : `--${word}`, valueOf(rest), true);
      if (rest !== "" && !rest.startsWith("#") && !usedNext) throw extra(word);
      return options;
    } catch (error) {
      if (!(error instanceof RunpassError)) throw error;
      const { code, message, why, fix } = error;
      throw new RunpassError({ code, message: `${file}:${index + 1}: ${message}`, why, fix });
    }
  });
}

/** The value on the rest of a line: in double quotes with escapes, or up to the next blank. Absent where there is none. */
function valueOf(rest: string): string | undefined {
  if (!rest.startsWith('"')) return /^[^ \t]+/.exec(rest)?.[0];
  const escapes: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", v: "\v" };
  let value = "";
  for (let index = 1; index < rest.length && rest[index] !== '"'; index++) {
    if (rest[index] === "\\" && index + 1 < rest.length) {
      index++;
      value += escapes[rest[index]!] ?? rest[index]!;
    } else value += rest[index]!;
  }
  return value;
}

/** A configuration file that says the same as `options`. */
export function formatConfig(options: readonly Pick<CurlArgument, "flag" | "value">[]): string {
  return options.map(({ flag, value }) => (value === undefined ? `${flag}\n` : `${flag} ${quote(value)}\n`)).join("");
}

function quote(value: string): string {
  const escapes: Readonly<Record<string, string>> = { "\t": "\\t", "\n": "\\n", "\r": "\\r", "\v": "\\v" };
  return `"${value.replace(/[\\"\t\n\r\v]/g, (character) => escapes[character] ?? `\\${character}`)}"`;
}

async function read(path: string, readInput: ReadInput): Promise<string> {
  try {
    return path === "-" ? await readInput() : readFileSync(path, fileEncoding);
  } catch (cause) {
    throw new RunpassError({
      code: "invalid_argument",
      message: `${path === "-" ? "Standard input" : path} cannot be read`,
      why: cause instanceof Error ? cause.message : String(cause),
      fix: "Check the file that you gave curl with -K or -H @FILE.",
      cause,
    });
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, fileEncoding);
  } catch {
    return undefined; // as curl: it looks in the next place
  }
}

function extra(word: string): RunpassError {
  return invalid(`curl's option ${word} takes no value`, "Leave the value out.");
}

function invalid(message: string, fix: string): RunpassError {
  return new RunpassError({ code: "invalid_argument", message, fix });
}
