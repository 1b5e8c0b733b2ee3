import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { withLock } from "./lock.ts";

function fileOf(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "runpass-"));
  t.after(() => rmSync(directory, { recursive: true }));
  return join(directory, "lock");
}

const nothing = (): undefined => undefined;

test("whoever waits for longer than its patience goes on alone", async (t) => {
  const file = fileOf(t);
  const { promise: stopped, resolve: wake } = Promise.withResolvers<string>();
  const holder = withLock(file, nothing, () => stopped);
  const other = await withLock(file, nothing, async () => "alone", { patienceMs: 0 });
  assert.equal(other, "alone");
  wake("late");
  assert.equal(await holder, "late");
});

test("waiting ends with the signal", async (t) => {
  const file = fileOf(t);
  const { promise: stopped, resolve: wake } = Promise.withResolvers<void>();
  const holder = withLock(file, nothing, () => stopped);
  const controller = new AbortController();
  const waiting = withLock(file, nothing, async () => {}, { signal: controller.signal });
  controller.abort();
  await assert.rejects(waiting, { name: "AbortError" });
  wake();
  await holder;
});

test("a damaged lock file holds up nobody, and is gone for the next", async (t) => {
  const file = fileOf(t);
  writeFileSync(file, "x".repeat(4096));
  assert.equal(await withLock(file, nothing, async () => "done"), "done");
  assert.equal(statSync(file, { throwIfNoEntry: false }), undefined);
  assert.equal(await withLock(file, nothing, async () => statSync(file).isFile()), true);
});

test("where something else stands in its place, each goes on alone", async (t) => {
  const file = fileOf(t);
  mkdirSync(file);
  assert.equal(await withLock(file, nothing, async () => "done"), "done");
});
