import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import { commandNamed, commands } from "./command-table.ts";
import { completionScript } from "./completion-scripts.ts";
import type { CompletionShell } from "./completion-scripts.ts";
import { flags, flagsOf } from "./flags.ts";

test("each shell's script names every command and flag", () => {
  const shells = commandNamed("completion").arguments?.[0]?.choices ?? [];
  assert.equal(shells.length, 3);
  for (const shell of shells) {
    const script = completionScript(shell as CompletionShell);
    for (const spec of commands) {
      for (const word of spec.path) assert.match(script, new RegExp(`\\b${word}\\b`), shell);
      for (const name of flagsOf(spec)) {
        for (const one of [name, flags[name].short?.replace(/^-+/, "") ?? name]) {
          assert.match(script, new RegExp(`[ -]${one}\\b`), `${shell}: ${one}`);
        }
      }
    }
  }
});

test("bash completes commands, flags and their values", () => {
  const rows: readonly (readonly [
    line: readonly string[],
    includes: readonly string[],
    excludes: readonly string[],
  ])[] = [
    [["runpass", ""], ["token", "emulator", "help"], ["start"]],
    [["runpass", "emu"], ["emulator"], ["token"]],
    [["runpass", "emulator", "st"], ["start", "stop", "status"], ["exec"]],
    [["runpass", "emulator", "start", "--p"], ["--port", "--passthrough"], ["--project"]],
    [["runpass", "token", "--a"], ["--as", "--audience", "--account"], ["--to"]],
    [["runpass", "token", "--format", ""], ["header", "json"], ["text"]],
    [["runpass", "demo", "--lang", ""], ["en", "ja"], ["--lang"]],
    [["runpass", "completion", ""], ["bash", "zsh", "fish"], []],
  ];
  for (const [words, includes, excludes] of rows) {
    const driver = `${completionScript("bash")}
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _runpass; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr, status } = spawnSync("bash", ["-c", driver, "bash", ...words], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    const offered = new Set(stdout.trim().split("\n"));
    for (const word of includes) assert.ok(offered.has(word), `${words.join(" ")}: ${word} is missing`);
    for (const word of excludes) assert.ok(!offered.has(word), `${words.join(" ")}: ${word} is too much`);
  }
});
