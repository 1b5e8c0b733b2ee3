import assert from "node:assert/strict";
import { test } from "node:test";
import { assertRefused, createFixture, mint } from "./fixture.ts";

const size = 100_000;
const values = {
  letters: "a".repeat(size),
  dots: ".".repeat(size),
  "letters between dots": `${"a".repeat(size)}.${"b".repeat(size)}.${"c".repeat(size)}`,
  "many segments": "a.".repeat(size / 2),
  spaces: " ".repeat(size) + "x",
  commas: ",".repeat(size),
  "nested lists as header": `${Buffer.from("[".repeat(size)).toString("base64url")}.e30.e30`,
  "a good token with a tail": mint() + "A".repeat(size),
};

for (const [form, value] of Object.entries(values)) {
  test(`a header of 100 kB of ${form} is refused at once`, () => {
    const { decide } = createFixture();
    const began = performance.now();
    for (const header of ["Authorization", "X-Serverless-Authorization"]) {
      const decision = decide([header, `Bearer ${value}`]);
      assertRefused(decision, 401, decision.steps.at(-1)?.rule ?? "");
      assert.ok(JSON.stringify(decision).length < 5000);
    }
    assert.ok(performance.now() - began < 1000, "takes time in proportion to its length");
  });
}

test("a public service gets 100 kB of a header at once", () => {
  const { decide, world } = createFixture();
  world.bindings = [{ role: "roles/run.invoker", members: ["allUsers"] }];
  const began = performance.now();
  for (const value of Object.values(values)) {
    assert.ok(decide(["X-Serverless-Authorization", `Bearer ${value}`]).allowed);
  }
  assert.ok(performance.now() - began < 1000);
});
