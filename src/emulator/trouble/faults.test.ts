import assert from "node:assert/strict";
import test from "node:test";
import { createStore } from "../state/store.ts";
import { createFaults } from "./faults.ts";
import { createChance } from "./rough.ts";

test("a fault by chance meets its share", async () => {
  const store = createStore();
  const faults = createFaults(store, createChance(store));
  await faults.add({ api: "run.googleapis.com", status: 500, share: 0.25 });
  const met = Array.from({ length: 4000 }, () => faults.meet({ api: "run.googleapis.com", path: "/" })).filter(Boolean);
  assert.ok(met.length > 900 && met.length < 1100, `${met.length} of 4000`);
  assert.equal(faults.list()[0]?.met, met.length);
});

test("the oldest fault that fits is met first, and ids are not used twice at a time", async () => {
  const store = createStore();
  const faults = createFaults(store, createChance(store));
  assert.equal(await faults.add({ api: "run.googleapis.com", status: 500, times: 1 }), "1");
  assert.equal(await faults.add({ api: "run.googleapis.com", status: 503 }), "2");
  const statuses = [1, 2, 3].map(() => faults.meet({ api: "run.googleapis.com", path: "/" })?.status);
  assert.deepEqual(statuses, [500, 503, 503]);
  assert.equal(await faults.add({ api: "run.googleapis.com", status: 429 }), "3");
  await faults.clear("2");
  assert.equal(faults.meet({ api: "run.googleapis.com", path: "/" })?.status, 429);
  await faults.clear();
  assert.deepEqual(faults.list(), []);
});
