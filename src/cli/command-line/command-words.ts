import { nearestName } from "../../core/nearest.ts";
import { commands } from "./command-table.ts";
import { helpHint, usageError } from "./usage-error.ts";

/**
 * Follows the words of a command's name. Unknown commands are told before unknown flags, and with the nearest match.
 *
 * @returns the words that are a command's name.
 * @throws {RunpassError} `invalid_argument`.
 */
export function checkCommandWords(argv: readonly string[]): readonly string[] {
  const path: string[] = [];
  for (const word of [...argv, undefined]) {
    const next = nextWords(path);
    if (next.length === 0) return path;
    // A command of its own that others begin with: what follows may be its argument.
    const isCommand = path.length > 0 && commands.some((spec) => spec.path.join(" ") === path.join(" "));
    if (isCommand && (word === undefined || !next.includes(word))) return path;
    const name = ["runpass", ...path].join(" ");
    if (word === undefined && path.length > 0) {
      throw usageError(`${name} needs a command`, `Give one of: ${next.join(", ")}.`);
    }
    if (word === undefined || word.startsWith("-")) return path;
    if (!next.includes(word)) {
      const near = nearestName(word, [...next, "help"]);
      throw usageError(
        `There is no command ${name} ${word}`,
        near === undefined ? helpHint(path) : `Did you mean ${name} ${near}?`,
      );
    }
    path.push(word);
  }
  return path;
}

/** The words that may come next in a command's name. */
export function nextWords(path: readonly string[]): readonly string[] {
  const longer = commands.filter((spec) => path.every((word, at) => spec.path[at] === word));
  return [...new Set(longer.flatMap((spec) => spec.path[path.length] ?? []))];
}
