import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";

const script = path.join(import.meta.dirname, "..", "..", "scripts", "layers.ts");

const broken: readonly (readonly [why: string, file: string, source: string, complaint: RegExp])[] = [
  ["an arrow points up", "core/a.ts", 'import "../google/b.ts";', /google\/ is above core\//],
  ["two rooms in one row know each other", "run/a.ts", 'export * from "../access/b.ts";', /in one row/],
  ["tokens and gate know each other", "gate/a.ts", 'import type { B } from "../tokens/b.ts";', /in one row/],
  ["the gate uses more than google and core", "gate/a.ts", 'import "../http/b.ts";', /must do without http\//],
  [
    "the emulator uses the client",
    "emulator/api/a.ts",
    'await import("../../tokens/b.ts");',
    /must do without tokens\//,
  ],
  ["a room loads a package that is not its own", "gate/a.ts", 'await import("jose");', /the package jose/],
  ["a package is named in a type alone", "core/a.ts", 'export type U = import("undici").Agent;', /the package undici/],
  ["a pure room opens files", "google/a.ts", 'import "node:fs";', /must do without node:fs/],
  ["the same by another door", "google/a.ts", 'process.getBuiltinModule("node:fs");', /must do without node:fs/],
  ["there is a room that nobody has planned", "utils/a.ts", "export {};", /there is no room utils\//],
  ["an import cannot be read", "core/a.ts", "await import(process.title);", /no plain string/],
];

for (const [why, file, source, complaint] of broken) {
  test(`the layer rule fails when ${why}`, () => {
    const { status, stderr } = check({ [file]: source });
    assert.equal(status, 1);
    assert.match(stderr, complaint);
  });
}

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
