import assert from "node:assert/strict";
import { test } from "node:test";
import { collectGarbage, createIdleCollector } from "./idle-collector.ts";

const mebibyte = 1024 * 1024;

test("memory is given back when nobody asks any more and much has come together, and then not again for nothing", async () => {
  let bytes = 70 * mebibyte;
  let looks = 0;
  let collected = 0;
  let looked = Promise.withResolvers<void>();
  const collector = createIdleCollector({
    idleMs: 1,
    residentBytes: () => {
      looks += 1;
      if (looks > 1) setImmediate(looked.resolve);
      return bytes;
    },
    collect: async () => {
      collected += 1;
      bytes = 75 * mebibyte;
    },
  });
  const serve = async (held: number): Promise<number> => {
    bytes = held * mebibyte;
    looked = Promise.withResolvers();
    collector.used();
    await looked.promise;
    return collected;
  };
  assert.equal(await serve(80), 0);
  assert.equal(await serve(120), 1);
  assert.equal(await serve(80), 1);
  assert.equal(await serve(92), 2);
});

test("what nobody holds is collected", async () => {
  const held = new WeakRef(Array.from({ length: 1_000 }, () => ({})));
  await new Promise((resolve) => setImmediate(resolve)); // until then it is held for whoever made it
  await collectGarbage();
  assert.equal(held.deref(), undefined);
});
