import assert from "node:assert/strict";
import test from "node:test";
import { createMovableClock } from "../../core/clock.ts";
import type { MovableClock } from "../../core/clock.ts";
import { policyKind } from "../state/records.ts";
import { serviceKind } from "../run/records.ts";
import { createStore } from "../state/store.ts";
import type { Store } from "../state/store.ts";
import { createLateStore } from "./late-store.ts";
import type { LateStore } from "./late-store.ts";

const policyOf = (...members: string[]): object => ({ bindings: [{ role: "roles/run.invoker", members }] });
const resource = "projects/p";

function start(delaysMs: number[]): LateStore & { clock: MovableClock; base: Store } {
  const clock = createMovableClock({ nowMs: () => 1_000_000 });
  const base = createStore();
  return { clock, base, ...createLateStore(base, clock, () => delaysMs.shift() ?? 0) };
}

test("a policy is read at once, and decided by when its time has come", async () => {
  const { clock, store, seen } = start([10_000, 10_000]);
  await store.put(policyKind, resource, policyOf("user:a@x.y"));
  assert.ok(store.get(policyKind, resource));
  assert.equal(seen.get(policyKind, resource), undefined);
  clock.advanceMs(5_000);
  await store.put(policyKind, resource, policyOf("user:b@x.y"));
  clock.advanceMs(4_999);
  assert.equal(seen.get(policyKind, resource), undefined);
  clock.advanceMs(1);
  assert.deepEqual(seen.get(policyKind, resource)?.value, policyOf("user:a@x.y"));
  clock.advanceMs(5_000);
  assert.deepEqual(seen.get(policyKind, resource)?.value, policyOf("user:b@x.y"));
  clock.advanceMs(-4_000);
  assert.deepEqual(seen.get(policyKind, resource)?.value, policyOf("user:a@x.y"), "time can be moved back");
});

test("the revision tells of every change that time alone brings", async () => {
  const { clock, store, seen } = start([10_000]);
  await store.put(policyKind, resource, policyOf("user:a@x.y"));
  const before = seen.revision(policyKind);
  assert.equal(seen.revision(policyKind), before);
  const other = seen.revision(serviceKind);
  clock.advanceMs(10_000);
  const later = seen.revision(policyKind);
  assert.ok(later > before);
  assert.equal(seen.revision(policyKind), later);
  clock.advanceMs(-1);
  assert.ok(seen.revision(policyKind) > later);
  assert.equal(seen.revision(serviceKind), other, "other kinds are not late");
});

test("a quick change overtakes a slow one for good", async () => {
  const { clock, store, seen } = start([60_000, 1_000]);
  await store.put(policyKind, resource, policyOf("user:slow@x.y"));
  await store.put(policyKind, resource, policyOf("user:quick@x.y"));
  clock.advanceMs(1_000);
  assert.deepEqual(seen.get(policyKind, resource)?.value, policyOf("user:quick@x.y"));
  clock.advanceMs(100_000);
  assert.deepEqual(seen.get(policyKind, resource)?.value, policyOf("user:quick@x.y"));
});

test("without a delay nothing is kept of old versions", async () => {
  const { clock, base, store, seen } = start([1_000, 0]);
  await store.put(policyKind, resource, policyOf("user:a@x.y"));
  clock.advanceMs(2_000);
  await store.put(policyKind, resource, policyOf("user:b@x.y"));
  assert.deepEqual(seen.get(policyKind, resource)?.value, policyOf("user:b@x.y"));
  assert.deepEqual(
    base.all().map(({ kind }) => kind),
    ["policies"],
  );
});

test("a write that loses its race leaves no version", async () => {
  const { store, base } = start([1_000, 1_000]);
  await store.put(policyKind, resource, policyOf("user:a@x.y"));
  const before = base.all();
  assert.equal(await store.put(policyKind, resource, policyOf("user:b@x.y"), "AAAAAAAAAAA="), undefined);
  assert.deepEqual(base.all(), before);
});
