/** What callers of private services meet, told by curl: the same situations that `npm run test:live` goes through with Google. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { assertExpected } from "../situations/expected.ts";
import { goThroughEmulator } from "../situations/go-through.ts";
import { situations } from "../situations/observe.ts";
import type { Observation, Unseen } from "../situations/situation.ts";
import { missingCommand } from "./fixture.ts";

const skip = missingCommand("curl");
let seen: ReadonlyMap<string, Observation | Unseen>;
before(async () => {
  if (skip === false) seen = new Map((await goThroughEmulator()).map((each) => [each.step, each]));
});

for (const { name, expect } of situations) {
  test(name, { skip }, () => {
    const answer = seen.get(name);
    assert.ok(answer, "it was not gone through");
    assert.ok("status" in answer, "unseen" in answer ? answer.unseen : "");
    assertExpected(answer, expect);
  });
}
