import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import { shellLines, shellSyntaxOf } from "./shell-lines.ts";

const nasty = `it's "quoted" $HOME \`id\` \\ back\nnew line`;

test("a POSIX shell that evaluates the lines holds the very values, and not what was to go", () => {
  const lines = shellLines("posix", { NASTY: nasty, GONE: undefined, "not a name; id": "x" }, "/opt/it's here/bin");
  const script = `${lines.join("\n")}\n${lines.join("\n")}\nprintf '%s|%s|%s' "$NASTY" "\${GONE-unset}" "$PATH"`;
  const { stdout } = spawnSync("/bin/sh", ["-c", script], {
    encoding: "utf8",
    env: { PATH: "/usr/bin:/bin", GONE: "here" },
  });
  // Evaluated twice, the folder is on PATH once.
  assert.equal(stdout, `${nasty}|unset|/opt/it's here/bin:/usr/bin:/bin`);
});

test("fish and PowerShell get their own quoting", () => {
  assert.deepEqual(shellLines("fish", { A: `it's \\`, B: undefined }, "/bin").slice(0, 2), [
    `set -gx A 'it\\'s \\\\'`,
    "set -e B",
  ]);
  assert.deepEqual(shellLines("powershell", { A: "it's $x", B: undefined }, "/bin").slice(0, 2), [
    "$env:A = 'it''s $x'",
    "Remove-Item -ErrorAction Ignore Env:B",
  ]);
});

test("the syntax is that of the shell in use", () => {
  const rows = {
    "/usr/bin/fish": "fish",
    "/bin/bash": "posix",
    "C:\\Program Files\\PowerShell\\pwsh.exe": "powershell",
  };
  for (const [shell, syntax] of Object.entries(rows)) assert.equal(shellSyntaxOf(shell), syntax);
  assert.equal(shellSyntaxOf(undefined), "posix");
});
