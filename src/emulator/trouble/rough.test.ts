import assert from "node:assert/strict";
import test from "node:test";
import { createMovableClock } from "../../core/clock.ts";
import { createSigningKeys } from "../keys.ts";
import { signingKeyKind, troubleKind } from "../state/records.ts";
import { createStore } from "../state/store.ts";
import { createChance } from "./rough.ts";
import type { Chance } from "./rough.ts";

async function roughChance(seed: number, propagationSeconds?: number): Promise<Chance> {
  const store = createStore();
  const late = propagationSeconds === undefined ? {} : { propagationSeconds };
  await store.put(troubleKind, "trouble", { rough: { seed }, ...late });
  return createChance(store);
}

const take = (chance: Chance): unknown => [
  Array.from({ length: 20 }, () => [chance.propagationMs(), chance.rotatesKey()]),
  JSON.stringify(chance.reorder({ a: 1, b: 2, c: { d: 3, e: 4, f: [{ g: 5, h: 6 }] } })),
];

test("the same seed gives the same trouble, another one other trouble", async () => {
  assert.deepEqual(take(await roughChance(42)), take(await roughChance(42)));
  assert.notDeepEqual(take(await roughChance(42)), take(await roughChance(43)));
});

test("members change places, and nothing else does", async () => {
  const chance = await roughChance(1);
  const value = { one: 1, two: [3, 1, 2], three: { four: null, five: "5", six: true }, seven: 7 };
  const texts = new Set<string>();
  for (let round = 0; round < 50; round += 1) {
    const reordered = chance.reorder(value);
    assert.deepEqual(reordered, value);
    texts.add(JSON.stringify(reordered));
  }
  assert.ok(texts.size > 10, `${texts.size} different orders`);
});

test("policies take up to what the world says, and no longer", async () => {
  const chance = await roughChance(1, 60);
  const delays = Array.from({ length: 200 }, () => chance.propagationMs());
  assert.ok(Math.min(...delays) < 5_000 && Math.max(...delays) > 55_000 && Math.max(...delays) <= 60_000);
});

test("without rough mode nothing happens by chance", async () => {
  const chance = createChance(createStore());
  const value = { a: 1, b: 2 };
  assert.deepEqual([chance.propagationMs(), chance.rotatesKey(), chance.reorder(value)], [0, false, value]);
  assert.equal(chance.reorder(value), value);
});

test("a replaced key is published until all that it signed has expired", async () => {
  const store = createStore();
  const clock = createMovableClock({ nowMs: () => 0 });
  const keys = createSigningKeys(store, clock);
  const [first] = await keys.list();
  await keys.rotate(0);
  const [second, ...others] = await keys.list();
  assert.notEqual(second?.kid, first?.kid);
  assert.ok(others.some(({ kid }) => kid === first?.kid));
  clock.advanceMs(3 * 3_600_000);
  await keys.rotate(0);
  const kids = store.list(signingKeyKind).map(({ kid }) => kid);
  assert.ok(!kids.includes(first?.kid ?? ""), "it signed for the last time three hours ago");
  assert.ok(kids.includes(second?.kid ?? ""), "it signed until now");
  assert.ok(keys.verificationKey(second?.kid ?? ""));
});
