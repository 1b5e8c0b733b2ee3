import assert from "node:assert/strict";
import { test } from "node:test";
import { createState } from "./state/create-state.ts";
import { defaultWorld } from "./world/world.ts";
import { listFacts } from "./facts.ts";

test("guesses come first, those with a switch before them, and every switch tells how it stands", () => {
  const listed = listFacts({});
  const kinds = listed.map((fact) => (fact.switch ? "switch" : fact.grade));
  assert.equal(kinds.indexOf("guess"), kinds.lastIndexOf("switch") + 1);
  assert.ok(!kinds.slice(kinds.lastIndexOf("guess") + 1).some((kind) => kind === "guess" || kind === "switch"));
  for (const fact of listed) {
    assert.match(fact.says, /^[^a-z].*\.$|^[a-z.]+\S* .*\.$/, fact.name);
    assert.equal(fact.value, fact.switch?.default);
    if (fact.switch) assert.equal(fact.grade, "guess");
  }
});

test("a switch that there is not, or of another type, is refused", () => {
  const clock = { nowMs: () => 0 };
  const start = (facts: object) => () => createState({ ...defaultWorld, facts }, clock);
  assert.throws(start({ acceptEverything: true }), { message: /"acceptEverything" is no switch/ });
  assert.throws(start({ acceptAdcClient: 1 }), { message: /must be true or false/ });
  assert.throws(start({ clockSkewMs: -1 }), { message: /must be a duration/ });
  assert.doesNotThrow(start({ acceptAdcClient: true, clockSkewMs: 0 }));
});

test("a world's switches show", () => {
  const listed = listFacts({ facts: { acceptAdcClient: true, clockSkewMs: 0 } });
  assert.equal(listed.find(({ name }) => name === "adc-client")?.value, true);
  assert.equal(listed.find(({ name }) => name === "clock-skew")?.value, 0);
  assert.equal(listed.find(({ name }) => name === "audience-path")?.value, false);
});
