import assert from "node:assert/strict";
import test from "node:test";
import * as library from "commander";
import { RunpassError } from "../../core/errors.ts";
import { commands } from "./command-table.ts";
import { choicesOf, flags, flagsOf } from "./flags.ts";
import { parseTokenCommand } from "./parse-token-command.ts";
import type { ParsedCall } from "./parsed-call.ts";
import { parseCommandLine } from "./program.ts";

function parse(...argv: string[]): ParsedCall {
  const parsed = parseCommandLine(library, argv);
  assert.ok(typeof parsed !== "string", "help was not asked for");
  return parsed;
}

test("help of every command shows each of its flags, values and examples", () => {
  for (const spec of commands.filter(({ path }) => path.length > 0)) {
    const help = parseCommandLine(library, ["help", ...spec.path], 10_000);
    assert.ok(typeof help === "string");
    assert.equal(help, parseCommandLine(library, [...spec.path, "--help"], 10_000));
    for (const name of flagsOf(spec)) {
      assert.match(help, new RegExp(`--${name}\\b`));
      if (flags[name].short !== undefined) assert.match(help, new RegExp(`${flags[name].short}\\b`));
      for (const choice of choicesOf(name, spec)) assert.ok(help.includes(choice));
    }
    for (const [line, does] of spec.examples) assert.ok(help.includes(line) && help.includes(does));
  }
});

test("the first help names every command of the emulator", () => {
  const help = parseCommandLine(library, ["--help"]);
  assert.ok(typeof help === "string");
  const words = help.split(/[\s,]+/);
  for (const { path } of commands.filter(({ path: [group] }) => group === "emulator")) {
    assert.ok(words.includes(path[1] ?? ""), path.join(" "));
  }
});

test("every example of a command is understood as a call of it", () => {
  for (const spec of commands) {
    for (const [line] of spec.examples) {
      const words = /runpass ([^|)]*)/.exec(line)?.[1]?.trim().split(/\s+/) ?? [];
      assert.equal(parse(...words).spec, spec, line);
    }
  }
});

test("--version is what people try first", () => {
  for (const word of ["--version", "-V"]) assert.deepEqual(parse(word).spec.path, ["version"]);
});

test("without a word it is the overview", () => {
  assert.deepEqual(parse().spec.path, []);
  assert.deepEqual(parse("--format", "json").spec.path, []);
});

test("options before the command count too, and those after it win", () => {
  assert.deepEqual([...parse("--project", "a", "whoami").given], [["project", "a"]]);
  assert.deepEqual([...parse("--project", "a", "whoami", "--project", "b").given], [["project", "b"]]);
  assert.throws(() => parse("--project", "a", "version"), /takes no --project/);
});

test("a clock goes back by words that begin with a hyphen, options of its own before and behind them", () => {
  assert.deepEqual(parse("emulator", "clock", "-90s").arguments, ["-90s"]);
  const { arguments: words, given } = parse("emulator", "clock", "advance", "-1h", "--format", "json");
  assert.deepEqual([words, given.get("format")], [["advance", "-1h"], "json"]);
  assert.throws(() => parse("emulator", "fault", "-90s"), /Unknown option/);
});

test("the words after curl's TARGET are curl's own", () => {
  const { given, arguments: words } = parse(
    "curl",
    "--as",
    "invoker",
    "web/path",
    "-X",
    "POST",
    "--region",
    "x",
    "--",
    "-q",
  );
  assert.deepEqual([...given], [["impersonate-service-account", "invoker"]]);
  assert.deepEqual(words, ["web/path", "-X", "POST", "--region", "x", "--", "-q"]);
});

test("the words after -- are those of the command to run", () => {
  assert.deepEqual(parse("emulator", "exec", "--", "sh", "-c", "exit 3").arguments, ["sh", "-c", "exit 3"]);
  assert.deepEqual(parse("emulator", "exec", "sh", "-c", "exit 3").arguments, ["sh", "-c", "exit 3"]);
});

test("a value may be left out, and a flag repeated, where the table says so", () => {
  assert.deepEqual([...parse("token", "--as").given], [["impersonate-service-account", true]]);
  assert.deepEqual(
    [...parse("token", "--as", "--no-cache").given],
    [
      ["impersonate-service-account", true],
      ["no-cache", true],
    ],
  );
  assert.deepEqual(
    [...parse("grant", "s", "--to", "a@b.c", "--to", "group:d@e.f").given],
    [["to", ["a@b.c", "group:d@e.f"]]],
  );
});

test("a wrong command line says what is wrong and what was probably meant", () => {
  const rows: readonly (readonly [string, RegExp, RegExp])[] = [
    ["tokn", /no command runpass tokn/, /runpass token\?/],
    ["grnat", /no command runpass grnat/, /./],
    ["frobnicate", /no command runpass frobnicate/, /runpass help/],
    ["emulator", /needs a command/, /start, exec/],
    ["emulator strt", /no command runpass emulator strt/, /runpass emulator start\?/],
    ["help tokn", /no command runpass tokn/, /runpass token\?/],
    ["token --aduience x", /--aduience/, /--audience/],
    ["token --region", /--region/, /./],
    ["token one two", /[Tt]oo many arguments/, /runpass help token/],
    ["completion", /SHELL/, /runpass help completion/],
    ["completion zhs", /SHELL cannot be "zhs"/, /zsh\?/],
    ["emulator fault ad my-service status=503", /ACTION cannot be "ad"/, /add\?/],
    ["emulator user dev@example.com gone", /CHANGE cannot be "gone"/, /active, disabled/],
    ["curl -X POST web", /-X/, /runpass help curl/],
  ];
  for (const [line, message, fix] of rows) {
    assert.throws(
      () => parse(...line.split(" ")),
      (error) =>
        error instanceof RunpassError &&
        error.code === "invalid_argument" &&
        message.test(error.message) &&
        fix.test(error.fix ?? ""),
      line,
    );
  }
});

test("the short way to parse `token` finds the same as the library, or leaves it to it", () => {
  const plain = [
    "token",
    "token web",
    "token web --as invoker --audience https://example.com",
    "token --impersonate-service-account=a,b web -q",
    "token --format=json --no-cache --include-email web",
    "token -- web",
    "token --project p --region r --account a --configuration c --credentials adc web",
    "token -qy --verbosity debug web",
  ];
  for (const line of plain) {
    const short = parseTokenCommand(line.split(" "));
    assert.ok(short, line);
    const long = parse(...line.split(" "));
    assert.equal(short.spec, long.spec);
    assert.deepEqual(new Map([...short.given].toSorted()), new Map([...long.given].toSorted()), line);
    assert.deepEqual(short.arguments, long.arguments, line);
  }
  const left = [
    "whoami",
    "token --as",
    "token --as --no-cache",
    "token --help",
    "token a b",
    "token --bad",
    "token --no-cache=x",
    "token --as a --impersonate-service-account b",
    "--quiet token",
  ];
  for (const line of left) assert.equal(parseTokenCommand(line.split(" ")), undefined, line);
});
