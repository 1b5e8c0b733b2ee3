import { findNodeAtLocation, getNodeValue, parseTree, printParseErrorCode } from "jsonc-parser";
import type { Node, ParseError } from "jsonc-parser";
import { RunpassError } from "../../core/errors.ts";

/** How a client starts a server. */
export interface ServerEntry {
  readonly type?: "stdio";
  readonly command: string;
  readonly args: readonly string[];
}

/** What is to be written, and where. */
export interface ServerEdit {
  /** The file's name, for errors. */
  readonly file: string;
  /** The member of the file that holds the servers. */
  readonly member: string;
  readonly name: string;
  readonly entry: ServerEntry;
}

/**
 * Puts a server into a client's configuration. All else stays as it is, comments and layout included; of an entry that is there
 * already, what we do not write.
 *
 * @param text The file's, or `undefined` where there is none.
 * @throws {RunpassError} `invalid_argument` where the text is no JSON, `already_exists` where the name is that of another kind of
 * server.
 */
export function addServer(text: string | undefined, { file, member, name, entry }: ServerEdit): string {
  if (text === undefined || text.trim() === "") return `${JSON.stringify({ [member]: { [name]: entry } }, null, 2)}\n`;
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error !== undefined) throw unusable(file, `${placeOf(text, error.offset)}: ${printParseErrorCode(error.error)}`);
  const servers = root === undefined ? undefined : findNodeAtLocation(root, [member]);
  if (root?.type !== "object") throw unusable(file, "it holds no object");
  if (servers !== undefined && servers.type !== "object") throw unusable(file, `${member} is no object`);
  const layout = layoutOf(text);
  if (servers === undefined) return insert(text, root, member, { [name]: entry }, 1, layout);
  const existing = findNodeAtLocation(servers, [name]);
  if (existing === undefined) return insert(text, servers, name, entry, 2, layout);
  const [command, args] = ["command", "args"].map((part) => findNodeAtLocation(existing, [part]));
  if (command === undefined || args === undefined) {
    throw new RunpassError({
      code: "already_exists",
      message: `${file} has a server ${name} of another kind`,
      fix: "Give this one another name: --name NAME",
    });
  }
  // From the back, so that places stay where they are.
  const parts = [
    { node: command, value: entry.command },
    { node: args, value: entry.args },
  ].toSorted((left, right) => right.node.offset - left.node.offset);
  return parts.reduce((result, { node, value }) => {
    if (JSON.stringify(getNodeValue(node)) === JSON.stringify(value)) return result;
    return result.slice(0, node.offset) + render(value, 3, layout) + result.slice(node.offset + node.length);
  }, text);
}

interface Layout {
  readonly indent: string;
  readonly lineEnd: string;
}

/** The file's own. */
function layoutOf(text: string): Layout {
  return { indent: /\n([ \t]+)\S/.exec(text)?.[1] ?? "  ", lineEnd: text.includes("\r\n") ? "\r\n" : "\n" };
}

/**
 * Puts a member first into an object: there it comes between no other and its comment, and nothing else is touched. (The
 * library's own edits lay out the line before anew.)
 */
function insert(text: string, object: Node, name: string, value: unknown, depth: number, layout: Layout): string {
  const { indent, lineEnd } = layout;
  const isEmpty = object.children?.length === 0;
  const behindBrace = text.slice(object.offset + 1);
  const comment = /^[ \t]*\/\/[^\r\n]*/.exec(behindBrace)?.[0] ?? "";
  const at = object.offset + 1 + comment.length;
  const isLineEnd = /^[ \t]*\r?\n/.test(text.slice(at));
  const next = isLineEnd ? "" : lineEnd + indent.repeat(isEmpty ? depth - 1 : depth);
  const line = `${JSON.stringify(name)}: ${render(value, depth, layout)}${isEmpty ? "" : ","}`;
  const rest = isLineEnd ? text.slice(at) : text.slice(at).trimStart();
  return text.slice(0, at) + lineEnd + indent.repeat(depth) + line + next + rest;
}

function render(value: unknown, depth: number, { indent, lineEnd }: Layout): string {
  return JSON.stringify(value, null, indent).replaceAll("\n", lineEnd + indent.repeat(depth));
}

/** The lines that differ, removed ones first; those around them may hold secrets of others. */
export function diffLines(before: string | undefined, after: string): readonly string[] {
  const old = before === undefined ? [] : before.split(/\r?\n/);
  const now = after.split(/\r?\n/);
  let start = 0;
  while (start < Math.min(old.length, now.length) && old[start] === now[start]) start++;
  let end = 0;
  while (end < Math.min(old.length, now.length) - start && old.at(-1 - end) === now.at(-1 - end)) end++;
  const lines = (sign: string, all: readonly string[]): string[] =>
    all.slice(start, all.length - end).map((line) => `${sign} ${line}`);
  return [...lines("-", old), ...lines("+", now)].filter((line) => line !== "+ ");
}

function placeOf(text: string, offset: number): string {
  const lines = text.slice(0, offset).split("\n");
  return `line ${lines.length}, column ${(lines.at(-1) ?? "").length + 1}`;
}

function unusable(file: string, why: string): RunpassError {
  return new RunpassError({
    code: "invalid_argument",
    message: `${file} cannot be read as JSON`,
    why,
    fix: "Correct it; nothing was changed",
  });
}
