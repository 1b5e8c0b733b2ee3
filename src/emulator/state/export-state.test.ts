import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { systemClock } from "../../core/clock.ts";
import { createState } from "./create-state.ts";
import { exportState } from "./export-state.ts";
import { defaultWorld } from "../world/world.ts";

const emulator = path.join(import.meta.dirname, "..");

/** Kinds of records that the source calls secret, wherever it says so. */
const secretKinds = globSync("**/*.ts", { cwd: emulator }).flatMap((file) =>
  [...readFileSync(path.join(emulator, file), "utf8").matchAll(/\{ name: "(\w+)", secret: true \}/g)].map(
    ([, name = ""]) => name,
  ),
);

test("an export has no record of any secret kind unless it is asked for them", async () => {
  assert.ok(secretKinds.length > 5, secretKinds.join());
  const { store, clock } = createState(defaultWorld, systemClock);
  for (const name of secretKinds) await store.put({ name }, "key", { held: `secret of ${name}` });
  const text = await exportState(store, clock.nowMs(), false);
  const all = await exportState(store, clock.nowMs(), true);
  for (const name of secretKinds) {
    assert.ok(!text.includes(`secret of ${name}`), name);
    assert.ok(all.includes(`secret of ${name}`), name);
  }
});
