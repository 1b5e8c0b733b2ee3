import assert from "node:assert/strict";
import test from "node:test";
import { demoSteps } from "./steps.ts";
import { demoTexts } from "./texts.ts";

test("every language has a text for every step, and no other", () => {
  const names = demoSteps.map(({ name }) => name);
  for (const texts of Object.values(demoTexts)) assert.deepEqual(Object.keys(texts.steps), names);
});
