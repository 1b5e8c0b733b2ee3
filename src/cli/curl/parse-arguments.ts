import { RunpassError } from "../../core/errors.ts";
import { findLongOption, findShortOption, optionsStartingWith } from "./options.ts";
import type { CurlOptionSpec } from "./options.ts";

/** One option of curl's, read as curl reads it. URLs among the arguments are the option `url`. */
export interface CurlArgument {
  /** Long name without dashes and without `no-`. */
  readonly name: string;
  /** As it goes to curl: `--data`, `--no-buffer`, `-s`. */
  readonly flag: string;
  readonly value?: string;
  /** `--no-…`: switched off. */
  readonly off: boolean;
  /** From a file: it stays out of the argument list, where every user of the machine could read it. */
  readonly hidden: boolean;
}

/**
 * Reads curl's arguments. Short options come apart, abbreviations become whole, so that what was read here is what curl gets,
 * whichever version it is.
 *
 * @throws {RunpassError} `invalid_argument` for an option that is not known, or lacks its value.
 */
export function parseCurlArguments(words: readonly string[]): CurlArgument[] {
  const result: CurlArgument[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    if (word === "--") return [...result, ...words.slice(index + 1).map(urlArgument)];
    if (!word.startsWith("-")) {
      result.push(urlArgument(word));
      continue;
    }
    const read = readOption(word, words[index + 1], false);
    result.push(...read.options);
    if (read.usedNext) index++;
  }
  return result;
}

function urlArgument(url: string): CurlArgument {
  return { name: "url", flag: "--url", value: url, off: false, hidden: false };
}

/** One word of options with the word after it; in a configuration file a long name may come without its dashes. */
export function readOption(
  word: string,
  next: string | undefined,
  hidden: boolean,
): { readonly options: readonly CurlArgument[]; readonly usedNext: boolean } {
  return word.startsWith("-") && !word.startsWith("--") ? readShort(word, next, hidden) : readLong(word, next, hidden);
}

function readShort(word: string, next: string | undefined, hidden: boolean): ReturnType<typeof readOption> {
  const options: CurlArgument[] = [];
  if (word === "-") throw unknown(word, []);
  for (let index = 1; index < word.length; index++) {
    const letter = word[index]!;
    const spec = findShortOption(letter);
    if (!spec) throw unknown(`-${letter}`, []);
    // `-N` is curl's only letter that switches something off: it stands for --no-buffer.
    const off = letter === "N";
    const flag = `-${letter}`;
    if (!spec.takesValue) {
      options.push({ name: spec.name, flag, off, hidden });
      continue;
    }
    const attached = word.slice(index + 1);
    const value = attached === "" ? next : attached;
    options.push({ name: spec.name, flag, value: required(flag, value), off, hidden });
    return { options, usedNext: attached === "" };
  }
  return { options, usedNext: false };
}

function readLong(word: string, next: string | undefined, hidden: boolean): ReturnType<typeof readOption> {
  const text = word.replace(/^--/, "");
  const equals = text.indexOf("=");
  const given = equals < 0 ? text : text.slice(0, equals);
  const { spec, off } = findLong(given);
  const flag = `--${off ? "no-" : ""}${spec.name}`;
  if (!spec.takesValue) {
    if (equals >= 0)
      throw invalid(`curl's option ${flag} takes no value`, `Leave out ${JSON.stringify(text.slice(equals))}.`);
    return { options: [{ name: spec.name, flag, off, hidden }], usedNext: false };
  }
  const value = required(flag, equals < 0 ? next : text.slice(equals + 1));
  return { options: [{ name: spec.name, flag, value, off, hidden }], usedNext: equals < 0 };
}

function findLong(given: string): { spec: CurlOptionSpec; off: boolean } {
  const negated = given.startsWith("no-") ? findLongOption(given.slice(3)) : undefined;
  if (negated && !negated.takesValue) return { spec: negated, off: true };
  const spec = findLongOption(given);
  if (!spec) throw unknown(`--${given}`, given === "" ? [] : optionsStartingWith(given));
  return { spec, off: false };
}

function required(flag: string, value: string | undefined): string {
  if (value === undefined) throw invalid(`curl's option ${flag} needs a value`, "Give it after the option.");
  return value;
}

function unknown(flag: string, choices: readonly string[]): RunpassError {
  if (choices.length > 1) {
    return invalid(
      `${flag} could be several of curl's options`,
      `Write it whole: ${choices.map((c) => `--${c}`).join(", ")}`,
    );
  }
  return new RunpassError({
    code: "invalid_argument",
    message: `runpass does not know curl's option ${flag}`,
    why: "so it cannot tell which words are URLs, and where the token would go",
    fix: 'Use curl itself: curl -H "$(runpass token TARGET --format header)" … (the token then shows in the process list)',
  });
}

function invalid(message: string, fix: string): RunpassError {
  return new RunpassError({ code: "invalid_argument", message, fix });
}
