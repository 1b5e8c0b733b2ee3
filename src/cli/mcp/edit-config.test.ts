import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "jsonc-parser";
import { RunpassError } from "../../core/errors.ts";
import { addServer, diffLines } from "./edit-config.ts";

const entry = { command: "runpass", args: ["mcp", "a"] };
const add = (text: string | undefined): string =>
  addServer(text, { file: "f", member: "mcpServers", name: "a", entry });

test("a server is put into whatever there is, and all else stays", () => {
  const fresh = `{\n  "mcpServers": {\n    "a": {\n      "command": "runpass",\n      "args": [\n        "mcp",\n        "a"\n      ]\n    }\n  }\n}\n`;
  for (const text of [undefined, "", " \n"]) assert.equal(add(text), fresh);
  const texts = [
    "{}",
    "{ }",
    "{\n}\n",
    '{"mcpServers":{}}',
    '{ "mcpServers": { "b": { "command": "b" } }, "x": 1 }',
    '{\n    "x": 1, // one\n    "mcpServers": { // all\n        // of b\n        "b": { "url": "c" }, // c\n    },\n}\n',
    '{\n  /* first */ "x": [1, 2]\n}',
  ];
  for (const text of texts) {
    const after = add(text);
    const { mcpServers, ...rest } = parse(after) as { mcpServers: Record<string, unknown> };
    const { mcpServers: serversBefore = {}, ...restBefore } = parse(text) as typeof rest & { mcpServers?: object };
    assert.deepEqual(rest, restBefore, after);
    assert.deepEqual(mcpServers, { ...serversBefore, a: entry }, after);
    for (const comment of text.match(/\/\/.*|\/\*.*?\*\//g) ?? []) assert(after.includes(comment), after);
    assert.equal(add(after), after, "once more changes nothing");
  }
  assert.match(
    add(texts[5]),
    /"mcpServers": \{ \/\/ all\n {8}"a": \{[^]*\n {8}\},\n {8}\/\/ of b\n {8}"b": \{ "url": "c" \}, \/\/ c\n/,
  );
});

test("the difference shows no line that stays", () => {
  const before = '{\n  "mcpServers": {\n    "b": { "env": { "KEY": "secret" } }\n  }\n}\n';
  const shown = diffLines(before, add(before)).join("\n");
  assert.match(shown, /^\+ {5}"a": \{/);
  assert.doesNotMatch(shown, /secret/);
});

test("what cannot be edited is said, with its place", () => {
  const wrong: readonly (readonly [text: string, code: string, why: RegExp])[] = [
    ['{ "mcpServers": {\n  "b": ] }', "invalid_argument", /line 2, column 8: ValueExpected/],
    ["[]", "invalid_argument", /no object/],
    ['{ "mcpServers": [] }', "invalid_argument", /mcpServers is no object/],
    ['{ "mcpServers": { "a": { "url": "https://a.example" } } }', "already_exists", /--name NAME/],
    ['{ "mcpServers": { "a": 1 } }', "already_exists", /--name NAME/],
  ];
  for (const [text, code, says] of wrong) {
    assert.throws(
      () => add(text),
      (error) => error instanceof RunpassError && error.code === code && says.test(`${error.why}${error.fix}`),
      text,
    );
  }
});
