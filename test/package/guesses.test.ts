import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { listFacts } from "../../src/emulator/facts.ts";

const root = join(import.meta.dirname, "../..");
const guesses = listFacts({}).flatMap(({ name, grade }) => (grade === "guess" ? [name] : []));

/** The guesses that the names of tests say they rest on: `(a guess: FACT)`, or several. */
const named = new Set(
  globSync(["src/**/*.test.ts", "test/{attack,contract,integration,situations,stress}/**/*.ts"], { cwd: root })
    .flatMap((file) => [...readFileSync(join(root, file), "utf8").matchAll(/\(a guess: ([\w-]+(?:, [\w-]+)*)\)["']/g)])
    .flatMap(([, facts = ""]) => facts.split(", ")),
);

test("each guess that `emulator facts` lists is met by a test whose name says that it is one", () => {
  assert.deepEqual(
    guesses.filter((name) => !named.has(name)),
    [],
  );
});

test("no test names a guess that `emulator facts` does not list", () => {
  assert.deepEqual(
    [...named].filter((name) => !guesses.includes(name)),
    [],
  );
});
