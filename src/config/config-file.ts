import type { Document, Node } from "yaml";
import { RunpassError } from "../core/errors.ts";
import { nearestName } from "../core/nearest.ts";
import type { Mismatch } from "./schema.ts";

/** A YAML file that people write, and where in it things stand. */
export interface ConfigFile {
  /** An empty object where the file holds nothing. */
  readonly value: unknown;
  /** The error for what does not fit its schema, all of it: file, line, column, and the nearest key. */
  mismatched(mismatches: readonly Mismatch[]): RunpassError;
  /** The error for a value that cannot be, at the place to which `path` leads. */
  wrongAt(path: readonly (string | number)[], reason: string): RunpassError;
  /** The error for a sentence about things in the file: its place is that of the last thing that it names. */
  contradicted(reason: string): RunpassError;
}

/** How the error of a file begins and ends. */
export interface Complaint {
  /** What follows on the file's name. */
  readonly message: string;
  readonly fix: string;
}

/**
 * Reads a file's text.
 *
 * @param name The file's, for errors.
 * @throws {RunpassError} `invalid_argument` where it is no YAML.
 */
export async function readConfigFile(text: string, name: string, complaint: Complaint): Promise<ConfigFile> {
  const { LineCounter, parseDocument } = await import("yaml");
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const syntax = [...document.errors, ...document.warnings];
  if (syntax.length > 0) throw wrong(syntax.map(({ pos: [offset], message }) => [offset, message]));
  return {
    value: (document.toJS() ?? {}) as unknown,
    mismatched: (mismatches) =>
      wrong(
        mismatches.map(({ path, isUnknownKey, what, known }) => {
          const near = isUnknownKey ? nearestName(String(path.at(-1)), known) : undefined;
          const reason = near === undefined ? what : `${what}: did you mean ${near}?`;
          return [offsetOf(document, path, isUnknownKey), reason];
        }),
      ),
    wrongAt: (path, reason) => wrong([[offsetOf(document, path, false), reason]]),
    contradicted: (reason) => wrong([[offsetOfNamed(document, reason), reason]]),
  };

  /** All that is wrong, in the order of the file. */
  function wrong(found: readonly (readonly [offset: number, reason: string])[]): RunpassError {
    const listed = found
      .toSorted(([left], [right]) => left - right)
      .map(([offset, reason]) => {
        const { line, col } = lines.linePos(offset);
        return `${name}:${line}:${col}: ${reason}`;
      });
    const { message, fix } = complaint;
    return new RunpassError({
      code: "invalid_argument",
      message: `${name} ${message}`,
      why: listed.join("\n       "),
      fix,
    });
  }
}

/** Where a value is in a file, or an unknown key. */
function offsetOf(document: Document, path: readonly (string | number)[], isKey: boolean): number {
  const holder = isKey ? document.getIn(path.slice(0, -1), true) : undefined;
  const pairs = (holder as { items?: readonly { key?: unknown }[] } | undefined)?.items ?? [];
  const key = pairs.find((pair) => (pair.key as { value?: unknown } | undefined)?.value === path.at(-1))?.key;
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const node = key ?? (depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true));
    const offset = (node as Node | undefined)?.range?.[0];
    if (offset !== undefined) return offset;
  }
  return 0;
}

/**
 * Where the thing is that a contradiction names: the last place of the longest text of the file that is in the sentence, one in
 * quotes before all others. Of two that contradict each other it is the second.
 */
function offsetOfNamed(document: Document, sentence: string): number {
  let best = { weight: 0, offset: document.contents?.range?.[0] ?? 0 };
  const visit = (node: unknown, isKey = false): void => {
    const { value, key, items, range } = node as {
      value?: unknown;
      key?: unknown;
      items?: readonly unknown[];
      range?: readonly [number, number, number];
    };
    if (items) for (const item of items) visit(item);
    else if (key !== undefined && value) {
      visit(key, true);
      visit(value);
    } else if (typeof value === "number" && range && wordsOf(sentence).has(String(value))) {
      const weight = String(value).length;
      if (weight >= best.weight) best = { weight, offset: range[0] };
    } else if (typeof value === "string" && range && sentence.includes(value)) {
      const isQuoted = sentence.includes(JSON.stringify(value));
      if (isKey && !isQuoted) return; // keys are common words
      const weight = value.length + (isQuoted ? sentence.length : 0);
      if (weight >= best.weight) best = { weight, offset: range[0] };
    }
  };
  if (document.contents) visit(document.contents);
  return best.offset;
}

function wordsOf(sentence: string): ReadonlySet<string> {
  return new Set(sentence.split(/[\s,]+/));
}
