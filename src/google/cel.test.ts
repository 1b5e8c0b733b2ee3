import assert from "node:assert/strict";
import test from "node:test";
import { loadCel } from "./cel.ts";

const assertion = { sub: "repo:acme/web:ref", groups: ["a", "b"], nested: { x: "1" }, count: 7 };

async function evaluate(expression: string, variables: Record<string, unknown> = { assertion }): Promise<unknown> {
  const parsed = (await loadCel()).parse(expression);
  if (typeof parsed === "string") return { wrong: parsed };
  return parsed.evaluate(variables);
}

test("an expression sees records, lists, texts, numbers and times, and gives plain values back", async () => {
  assert.deepEqual(await evaluate("assertion.sub"), { value: "repo:acme/web:ref" });
  assert.deepEqual(await evaluate("'a' in assertion.groups && assertion.count > 5"), { value: true });
  assert.deepEqual(await evaluate("assertion.groups"), { value: ["a", "b"] });
  assert.deepEqual(await evaluate("assertion.nested.x"), { value: "1" });
  const time = { request: { time: new Date("2026-01-01T00:00:00Z") } };
  assert.deepEqual(await evaluate('request.time < timestamp("2026-01-02T00:00:00Z")', time), { value: true });
});

test("texts can be split and extracted from", async () => {
  assert.deepEqual(await evaluate("assertion.sub.split(':')[0]"), { value: "repo" });
  assert.deepEqual(await evaluate("assertion.sub.extract('repo:{name}:')"), { value: "acme/web" });
  assert.deepEqual(await evaluate("assertion.sub.extract('{first}/')"), { value: "repo:acme" });
  assert.deepEqual(await evaluate("assertion.sub.extract('web:{rest}')"), { value: "ref" });
  assert.deepEqual(await evaluate("assertion.sub.extract('branch:{name}')"), { value: "" });
  assert.deepEqual(await evaluate("assertion.sub.extract('no braces')"), { value: "" });
});

test("what is missing or of another type is said in words, and so is a wrong expression", async () => {
  assert.match(JSON.stringify(await evaluate("assertion.missing")), /"error":"field not found: missing"/);
  assert.match(JSON.stringify(await evaluate("assertion.sub + 1")), /"error"/);
  assert.match(JSON.stringify(await evaluate("somebody.else == 1")), /"error"/);
  assert.match(JSON.stringify(await evaluate("1 +")), /"wrong"/);
});
