import { test } from "node:test";
import { assertAdmitted, assertRefused, createFixture, foreignKey, mint } from "./fixture.ts";

test("allAuthenticatedUsers is not allUsers", () => {
  const fixture = createFixture();
  fixture.world.bindings = [{ role: "roles/run.invoker", members: ["allAuthenticatedUsers"] }];
  assertRefused(fixture.decide([]), 403, "permission");
  assertRefused(fixture.decide(["Authorization", ""]), 403, "permission");
  assertRefused(fixture.decideToken(mint({}, {}, foreignKey.privateKey)), 401, "token");
  assertAdmitted(fixture.decideToken(mint()));
});
