import assert from "node:assert/strict";
import { test } from "node:test";
import { createMovableClock } from "../core/clock.ts";
import { silentLogger } from "../core/context.ts";
import type { Effective } from "./effective.ts";
import { waitForChange } from "./wait.ts";
import type { Sighting, Wanted, WaitOutcome } from "./wait.ts";

const binding = { role: "roles/run.invoker", members: ["user:dev@example.com"] };
const allowed: Effective = {
  outcome: "allowed",
  through: { resource: "projects/p", binding, member: "user:dev@example.com" },
  unless: [],
};
const none: Effective = { outcome: "none", missed: [] };
const unknown: Effective = { outcome: "unknown", because: ["?"], mayBeDenied: false };

interface Course {
  readonly wanted?: Wanted;
  /** What the policies say, one a reading; the last stays. */
  readonly policies: readonly Effective[];
  readonly looks?: readonly Sighting["seen"][];
}

async function wait({ wanted = "held", policies, looks }: Course): Promise<WaitOutcome & { sure: readonly boolean[] }> {
  const clock = createMovableClock({ nowMs: () => 0 });
  const environment = { variables: {}, homeDir: "/nonexistent", platform: process.platform };
  const fetch = (): Promise<Response> => assert.fail("nothing is fetched here");
  const [said, seen] = [[...policies], [...(looks ?? [])]];
  const sure: boolean[] = [];
  const outcome = await waitForChange(
    { fetch, environment, clock, log: silentLogger },
    {
      wanted,
      readPolicies: async () => (said.length > 1 ? said.shift() : said[0]) ?? unknown,
      look: looks && (async () => ({ seen: seen.shift() ?? "not yet", why: "it cannot" })),
      onWaiting: (_, isSure) => sure.push(isSure),
      pause: async (delayMs) => clock.advanceMs(delayMs),
    },
  );
  return { ...outcome, sure };
}

test("what has arrived is not waited for, and what has not is looked at again", async () => {
  assert.deepEqual(await wait({ policies: [allowed], looks: ["arrived"] }), {
    outcome: "arrived",
    elapsedMs: 0,
    sure: [],
  });
  const later = await wait({ policies: [unknown], looks: ["not yet", "not yet", "arrived"] });
  assert.deepEqual(later, { outcome: "arrived", elapsedMs: 10_000, sure: [false, false] });
});

test("policies that say no end a wait: at once, or when they come to say so", async () => {
  assert.equal((await wait({ policies: [none], looks: [] })).outcome, "never");
  const taken = await wait({ policies: [allowed, allowed, none], looks: [] });
  assert.deepEqual([taken.outcome, taken.elapsedMs], ["never", 120_000]);
  assert.equal((await wait({ wanted: "gone", policies: [allowed], looks: [] })).outcome, "never");
  assert.equal((await wait({ wanted: "gone", policies: [none], looks: ["arrived"] })).outcome, "arrived");
});

test("what is in the way beside policies ends a wait too", async () => {
  const { outcome } = await wait({ policies: [allowed], looks: ["not yet", "never"] });
  assert.equal(outcome, "never");
});

test("where nothing can be seen it goes by policy, and where nothing comes it is given up", async () => {
  assert.equal((await wait({ policies: [allowed] })).outcome, "by policy");
  assert.equal((await wait({ policies: [allowed], looks: ["nothing"] })).outcome, "by policy");
  const { outcome, elapsedMs } = await wait({ policies: [allowed], looks: [] });
  assert.deepEqual([outcome, elapsedMs], ["not yet", 20 * 60_000]);
});
