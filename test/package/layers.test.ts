import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";

const script = path.join(import.meta.dirname, "..", "..", "scripts", "layers.ts");

const broken: readonly (readonly [why: string, file: string, source: string, complaint: RegExp])[] = [
  ["an arrow points up", "core/c.ts", 'import "../google/b.ts";', /google\/ is above core\//],
  ["two rooms in one row know each other", "run/d.ts", 'export * from "../access/b.ts";', /in one row/],
  ["tokens and gate know each other", "gate/e.ts", 'import type { B } from "../tokens/b.ts";', /in one row/],
  ["the gate uses more than google and core", "gate/f.ts", 'import "../http/b.ts";', /must do without http\//],
  [
    "the emulator uses the client",
    "emulator/api/g.ts",
    'await import("../../tokens/b.ts");',
    /must do without tokens\//,
  ],
  ["a room loads a package that is not its own", "gate/h.ts", 'await import("jose");', /the package jose/],
  ["a package is named in a type alone", "core/i.ts", 'export type U = import("undici").Agent;', /the package undici/],
  ["a pure room opens files", "google/j.ts", 'import "node:fs";', /must do without node:fs/],
  [
    "a pure room opens files by another door",
    "google/k.ts",
    'process.getBuiltinModule("node:fs");',
    /must do without node:fs/,
  ],
  ["there is a room that nobody has planned", "utils/l.ts", "export {};", /there is no room utils\//],
];

test("the layer rule fails for each of many reasons, and names the file", async (t) => {
  const { status, stderr } = check(Object.fromEntries(broken.map(([, file, source]) => [file, source])));
  assert.equal(status, 1);
  const complaints = stderr.trim().split("\n");
  assert.equal(complaints.length, broken.length, stderr);
  for (const [why, file, , complaint] of broken) {
    await t.test(why, () => assert.match(complaints.find((line) => line.startsWith(`${file}: `)) ?? stderr, complaint));
  }
});

test("the layer rule fails when an import cannot be read", () => {
  const { status, stderr } = check({ "core/a.ts": "await import(process.title);" });
  assert.equal(status, 1);
  assert.match(stderr, /core\/a\.ts imports something that is no plain string/);
});

test("the layer rule fails when files import each other in a circle, if only for types", () => {
  const circle = {
    "run/a.ts": 'import { b } from "./b.ts";',
    "run/b.ts": 'export { c } from "../google/c.ts"; import "./d.ts";',
    "run/d.ts": 'import type { A } from "./a.ts";',
    "google/c.ts": "export {};",
  };
  const { status, stderr } = check(circle);
  assert.equal(status, 1);
  assert.match(stderr, /^run\/a\.ts > run\/b\.ts > run\/d\.ts > run\/a\.ts: a circle.*\n$/);
  const lazy = { ...circle, "run/d.ts": 'await import("./a.ts");' };
  assert.deepEqual(check(lazy), { status: 0, stderr: "" });
});

test("the layer rule lets arrows point down, and testing/ look at emulator/", () => {
  const { status, stderr } = check({
    "cli/a.ts": 'import "../emulator/b.ts"; await import("commander"); import "node:fs";',
    "emulator/b.ts": 'import "../gate/c.ts"; import "./api/d.ts";',
    "emulator/api/d.ts": 'import "../../core/e.ts";',
    "gate/c.ts": 'import { createHash } from "node:crypto";',
    "gate/c.test.ts": 'import "jose"; import "node:test";',
    "core/e.ts": "export {};",
    "testing/f.ts": 'export * from "../emulator/b.ts";',
  });
  assert.equal(stderr, "");
  assert.equal(status, 0);
});

function check(files: Readonly<Record<string, string>>): { status: number | null; stderr: string } {
  const directory = mkdtempSync(path.join(tmpdir(), "runpass-layers-"));
  try {
    for (const [file, source] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
      writeFileSync(path.join(directory, file), source);
    }
    const { status, stderr } = spawnSync(process.execPath, [script, directory], { encoding: "utf8" });
    return { status, stderr };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
