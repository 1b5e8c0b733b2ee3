import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "smol-toml";
import { RunpassError } from "../../core/errors.ts";
import { addTomlServer } from "./edit-toml.ts";

const entry = { command: 'C:\\run "pass"', args: ["mcp", "a", "--as", "x]y"] };
const add = (text: string | undefined, name = "a", args: readonly string[] = entry.args): string =>
  addTomlServer(text, { file: "f", member: "mcp_servers", name, entry: { ...entry, args } });

const own = '\n[mcp_servers.a]\ncommand = "C:\\\\run \\"pass\\""\nargs = ["mcp", "a", "--as", "x]y"]\n';

test("a server gets a table at the end, and all else stays", () => {
  assert.equal(add(undefined), own.slice(1));
  const texts = [
    "# mine\n",
    'model = "o" # which\n\n[mcp_servers.b]\nurl = "https://b.example"\n',
    '[mcp_servers]\n[mcp_servers."a.b"]\ncommand = "b"\nargs = [\n  "[c]", # one\n]\nenv = { KEY = "secret" }\n\n[[x]]\ny = 1979-05-27',
  ];
  for (const text of texts) {
    const after = add(text);
    assert.equal(after, text + (text.endsWith("\n") ? "" : "\n") + own);
    assert.equal(add(after), after, "once more changes nothing");
  }
  const windows = add("x = 1\r\n", "a.b");
  assert.doesNotMatch(windows, /[^\r]\n/);
  assert.equal(JSON.stringify(parse(windows)["mcp_servers"]), JSON.stringify({ "a.b": entry }));
});

test("of a table that is there the command and its arguments change, and nothing else", () => {
  const text =
    '[mcp_servers."a"] # ours\n  # how\n  command = "old" # which\n  args = [\n    "mcp", # one\n    "b",\n  ]\n  env = { KEY = "k" }\n[mcp_servers.a.tools]\nargs = ["theirs"]\n[x]\ncommand = "theirs"\nargs = []\n';
  const after = add(text);
  assert.equal(
    after,
    text
      .replace('"old"', JSON.stringify(entry.command))
      .replace(/\[\n {4}"mcp", # one\n {4}"b",\n {2}\]/, '["mcp", "a", "--as", "x]y"]'),
  );
  assert.equal(add(after), after);
});

test("what cannot be edited is said, and quotes nothing", () => {
  const wrong: readonly (readonly [text: string, code: string, says: RegExp])[] = [
    ['x = 1\nkey = "sec', "invalid_argument", /line 2, column \d+/],
    ["mcp_servers = 1", "invalid_argument", /no table/],
    ['mcp_servers = { b = { command = "b" } }', "invalid_argument", /by hand/],
    ['[mcp_servers]\na = { command = "old", args = [] }', "invalid_argument", /by hand/],
    ['[mcp_servers.a]\ncommand = "old"\nargs = ["x]", "y"]', "invalid_argument", /by hand/],
    ['[mcp_servers.a]\nurl = "https://a.example"', "already_exists", /--name NAME/],
  ];
  for (const [text, code, says] of wrong) {
    assert.throws(
      () => add(text),
      (error) => {
        assert(error instanceof RunpassError);
        assert.equal(error.code, code, text);
        assert.match(`${error.why} ${error.fix}`, says);
        assert.doesNotMatch(`${error.why}`, /sec|example/);
        return true;
      },
    );
  }
});
