import { before, test } from "node:test";
import { loadConditions } from "../../../src/gate/gate.ts";
import { account, assertAdmitted, assertRefused, createFixture, mint, startMs } from "./fixture.ts";

before(loadConditions);

const members = [`serviceAccount:${account.email}`];
const at = (ms: number): string => `timestamp("${new Date(startMs + ms).toISOString()}")`;

test("a binding that has expired admits nobody, though nothing was written since it did", () => {
  const { world, clock, decideToken } = createFixture();
  const condition = { title: "for a minute", expression: `request.time < ${at(60_000)}` };
  world.bindings = [{ role: "roles/run.invoker", members, condition }];
  const token = mint();
  assertAdmitted(decideToken(token));
  clock.advanceMs(59_999);
  assertAdmitted(decideToken(token));
  clock.advanceMs(1);
  assertRefused(decideToken(token), 403, "permission", token);
  clock.advanceMs(-1);
  assertAdmitted(decideToken(token));
});

test("a binding that is not in force yet admits nobody before it is", () => {
  const { world, clock, decideToken } = createFixture();
  const condition = { title: "from then", expression: `request.time >= ${at(1000)}` };
  world.bindings = [{ role: "roles/run.invoker", members, condition }];
  const token = mint();
  assertRefused(decideToken(token), 403, "permission", token);
  clock.advanceMs(1000);
  assertAdmitted(decideToken(token));
});
