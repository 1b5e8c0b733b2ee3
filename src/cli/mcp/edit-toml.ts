import { parse } from "smol-toml";
import type { TomlTable } from "smol-toml";
import { RunpassError } from "../../core/errors.ts";
import type { ServerEdit, ServerEntry } from "./edit-config.ts";

/**
 * Puts a server into a configuration in TOML, in a table of its own, as `addServer` does in JSON. The text is edited as text; that
 * it then says what is meant and nothing else has changed, the parser tells.
 *
 * @throws {RunpassError} `invalid_argument` where the text is no TOML, or lays its servers out in a way that is not edited here;
 * `already_exists` where the name is that of another kind of server.
 */
export function addTomlServer(text: string | undefined, edit: ServerEdit): string {
  const { file, member, name, entry } = edit;
  const before = read(text ?? "", file);
  const servers = before[member] ?? {};
  if (!isTable(servers)) throw unusable(file, `${member} is no table`);
  const existing = servers[name];
  const after = existing === undefined ? append(text ?? "", edit) : replace(text ?? "", edit, existing);
  const meant = { ...before, [member]: { ...servers, [name]: { ...(existing as object | undefined), ...entry } } };
  if (JSON.stringify(tryToRead(after)) === JSON.stringify(meant)) return after;
  throw unusable(
    file,
    `its ${member} are laid out in another way than one table each`,
    "Write the server into it by hand",
  );
}

function append(text: string, { member, name, entry }: ServerEdit): string {
  const lineEnd = text.includes("\r\n") ? "\r\n" : "\n";
  const key = /^[\w-]+$/.test(name) ? name : JSON.stringify(name);
  const lines = [`[${member}.${key}]`, `command = ${render(entry.command)}`, `args = ${render(entry.args)}`, ""];
  const between = text === "" ? "" : text.endsWith("\n") ? lineEnd : lineEnd + lineEnd;
  return text + between + lines.join(lineEnd);
}

/** The two values in the server's table, which ends where the next one begins. */
function replace(text: string, { file, member, name, entry }: ServerEdit, existing: unknown): string {
  if (!isTable(existing) || typeof existing["command"] !== "string" || !Array.isArray(existing["args"])) {
    throw new RunpassError({
      code: "already_exists",
      message: `${file} has a server ${name} of another kind`,
      fix: "Give this one another name: --name NAME",
    });
  }
  const { command, args } = entry;
  if (existing["command"] === command && JSON.stringify(existing["args"]) === JSON.stringify(args)) return text;
  const key = [name, JSON.stringify(name), `'${name}'`].map((one) => one.replaceAll(".", "\\.")).join("|");
  const header = new RegExp(`^[ \\t]*\\[[ \\t]*${member}[ \\t]*\\.[ \\t]*(?:${key})[ \\t]*\\].*$`, "m").exec(text);
  if (header === null) return text;
  const start = header.index + header[0].length;
  const length = text.slice(start).search(/\n[ \t]*\[/);
  const end = length < 0 ? text.length : start + length;
  const table = text
    .slice(start, end)
    .replace(/^([ \t]*command[ \t]*=[ \t]*)(?:"[^"\n]*"|'[^'\n]*')/m, (_all, left: string) => left + render(command))
    .replace(/^([ \t]*args[ \t]*=[ \t]*)\[[^\]]*\]/m, (_all, left: string) => left + render(args));
  return text.slice(0, start) + table + text.slice(end);
}

/** A basic string is written as in JSON. */
function render(value: ServerEntry["command"] | ServerEntry["args"]): string {
  return typeof value === "string" ? JSON.stringify(value) : `[${value.map((one) => JSON.stringify(one)).join(", ")}]`;
}

function isTable(value: unknown): value is TomlTable {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function tryToRead(text: string): TomlTable | undefined {
  try {
    return parse(text);
  } catch {
    return undefined; // our edit does not fit what is there
  }
}

function read(text: string, file: string): TomlTable {
  try {
    return parse(text);
  } catch (error) {
    const { message, line, column } = error as { message: string; line?: number; column?: number };
    // The rest of the message quotes the file.
    throw unusable(file, `line ${line ?? 1}, column ${column ?? 1}: ${message.split("\n", 1)[0]}`);
  }
}

function unusable(file: string, why: string, fix = "Correct it; nothing was changed"): RunpassError {
  return new RunpassError({ code: "invalid_argument", message: `${file} cannot be edited`, why, fix });
}
