import assert from "node:assert/strict";
import { test } from "node:test";
import { assertRefused, createFixture, foreignKey, mint } from "./fixture.ts";

const good = mint();
const bad = mint({}, {}, foreignKey.privateKey);
const values = [
  `Bearer ${good}, Bearer ${bad}`,
  `Bearer ${bad}, Bearer ${good}`,
  `Bearer ${good}, Bearer ${good}`,
  `Bearer ${good},${bad}`,
  `Bearer ${good} ${bad}`,
  `Bearer ${good} Bearer ${good}`,
  `Bearer Bearer ${good}`,
  `Bearer ${good};${bad}`,
  `Bearer ${good}.${bad}`,
  `Bearer ${good},`,
  `Bearer ,${good}`,
  `Basic ${good}, Bearer ${good}`,
];

for (const header of ["Authorization", "X-Serverless-Authorization"]) {
  for (const [index, value] of values.entries()) {
    test(`${header} with several tokens is refused: form ${index + 1}`, () => {
      const decision = createFixture().decide([header, value]);
      assert.ok(["credential", "token"].includes(decision.steps.at(-1)?.rule ?? ""));
      assertRefused(decision, 401, decision.steps.at(-1)?.rule ?? "", good);
    });
  }
}
