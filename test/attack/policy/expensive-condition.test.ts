import assert from "node:assert/strict";
import { before, test } from "node:test";
import { evaluateCondition, findFault, loadConditions } from "../../../src/gate/condition.ts";

before(loadConditions);

const long = "a".repeat(900);
/** Conditions that would hold up whoever compiles or evaluates them carelessly. */
const expensive: Readonly<Record<string, string>> = {
  "backtracking in a pattern": `"${long}!".matches("^(a+)+$")`,
  "nested quantifiers": `"${long}".matches("(((((a*)*)*)*)*)*b")`,
  "an alternation that doubles": `"${long}".matches("^(a|a|aa)+$")`,
  "a repetition of repetitions": `"${long}".matches("((a{1,100}){1,100}){1,100}")`,
  "a huge repetition": `"${long}".matches("a{1,100000}")`,
  "deep parentheses": `${"(".repeat(1000)}true${")".repeat(1000)}`,
  "deep lists": `${"[".repeat(1000)}${"]".repeat(1000)} == []`,
  "unfinished parentheses": "(".repeat(2000),
  "a chain of negations": `${"!".repeat(2000)}true`,
  "a chain of minus signs": `${"-".repeat(1999)}1 == 1`,
  "a chain of additions": `${"1+".repeat(900)}1 == 901`,
  "a chain of selections": `request${".a".repeat(900)}`,
  "a chain of calls": `"a"${".size()".repeat(250)} == 1`,
  "a chain of conditionals": `${"true ? (".repeat(40)}true${") : false".repeat(40)}`,
  "many operators": `${"true && ".repeat(240)}true`,
  "a loop in a loop": "[1,2,3].all(a, [1,2,3].all(b, [1,2,3].all(c, [1,2,3].all(d, a + b + c + d > 0))))",
  "a map of maps": "[1,2,3].map(a, [1,2,3].map(b, [1,2,3].map(c, a))).size() == 3",
  "a megabyte": `"${"a".repeat(1_000_000)}" == ""`,
  "a megabyte of parentheses": "(".repeat(1_000_000),
};

for (const [name, expression] of Object.entries(expensive)) {
  test(`${name} is refused or evaluated in a moment`, () => {
    const beganMs = performance.now();
    const fault = findFault(expression);
    const { outcome } = evaluateCondition(expression, { nowMs: 0, tags: [] });
    assert.ok(performance.now() - beganMs < 500, `it took ${performance.now() - beganMs} ms`);
    if (fault !== undefined) assert.equal(outcome, "error");
  });
}

test("three thousand different conditions are not all kept", () => {
  const beforeBytes = process.memoryUsage().heapUsed;
  for (let index = 0; index < 3_000; index += 1) findFault(`request.time < timestamp("${index}")`);
  const grownBytes = process.memoryUsage().heapUsed - beforeBytes;
  assert.ok(grownBytes < 50_000_000, `the heap grew by ${grownBytes} bytes`);
});
