import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lockFile = path.join(import.meta.dirname, "..", "..", "package-lock.json");
const { packages } = JSON.parse(readFileSync(lockFile, "utf8")) as { packages: Readonly<Record<string, Locked>> };
const locked = Object.entries(packages).filter(([place]) => place !== "");

test("the lock file names no registry, so that `npm ci` takes the one that is set", () => {
  assert.deepEqual(
    locked.filter(([, { resolved }]) => resolved !== undefined),
    [],
  );
});

test("the lock file pins every package by its hash", () => {
  assert.deepEqual(
    locked.filter(([, { integrity }]) => !integrity?.startsWith("sha512-")),
    [],
  );
});

// Without them `npm ci` refuses the lock file, here or on another operating system.
test("the lock file holds the builds for every platform", () => {
  const wanted = locked.flatMap(([, { optionalDependencies = {} }]) => Object.keys(optionalDependencies));
  assert.ok(wanted.length > 0);
  assert.deepEqual(
    wanted.filter((name) => packages[`node_modules/${name}`] === undefined),
    [],
  );
});
