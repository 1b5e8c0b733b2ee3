import assert from "node:assert/strict";
import { test } from "node:test";
import { createMovableClock } from "../core/clock.ts";
import { createSigningKeys } from "./keys.ts";
import { createStore } from "./state/store.ts";

const hourMs = 3_600_000;

test("a new key is published before it signs, and the one before it until its last token has ended", async () => {
  const clock = createMovableClock({ nowMs: () => 0 });
  const keys = createSigningKeys(createStore(), clock);
  const kids = async (): Promise<string[]> => (await keys.list()).map(({ kid }) => kid);
  const [first, spare] = await kids();
  const { kid: second, signsFrom } = await keys.rotate();
  assert.equal(signsFrom, "1970-01-01T06:00:00.000Z");
  assert.deepEqual(await kids(), [first, second, spare], "published, and not signing");
  clock.setMs(6 * hourMs - 1);
  assert.equal((await kids())[0], first);
  clock.setMs(6 * hourMs);
  assert.equal((await kids())[0], second);
  assert.ok(keys.verificationKey(first!), "its tokens live on");
  clock.setMs(7 * hourMs);
  assert.ok(keys.verificationKey(first!), "clocks may differ");
  clock.setMs(8 * hourMs);
  assert.equal(keys.verificationKey(first!), undefined);
  assert.deepEqual(await kids(), [second]);
});

test("rotations that follow each other keep their order, each announced for as long", async () => {
  const clock = createMovableClock({ nowMs: () => 0 });
  const keys = createSigningKeys(createStore(), clock);
  const rotations = [await keys.rotate(hourMs), await keys.rotate(hourMs)];
  const signing: (string | undefined)[] = [];
  for (const hours of [0, 1, 2, 30]) {
    clock.setMs(hours * hourMs);
    signing.push((await keys.list())[0]?.kid);
  }
  assert.deepEqual(signing.slice(1), [rotations[0]?.kid, rotations[1]?.kid, rotations[1]?.kid]);
  assert.ok(!rotations.some(({ kid }) => kid === signing[0]));
  clock.setMs(0);
  assert.ok((await keys.list()).length >= 2, "a clock that is put back finds keys");
});
