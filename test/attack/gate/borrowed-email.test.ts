import assert from "node:assert/strict";
import { test } from "node:test";
import { account, assertAdmitted, assertRefused, createFixture, mint, user } from "./fixture.ts";

test("the e-mail in a token gives nothing: the account is the one of sub", () => {
  const fixture = createFixture();
  fixture.world.bindings = [{ role: "roles/run.invoker", members: [`user:${user.email}`] }];
  assertRefused(fixture.decideToken(mint({ email: user.email, email_verified: true })), 403, "permission");
  fixture.world.bindings = [{ role: "roles/run.invoker", members: [`serviceAccount:${account.email}`] }];
  fixture.world.revision += 1;
  const decision = fixture.decideToken(mint({ email: user.email, azp: user.email }));
  assertAdmitted(decision);
  assert.equal(decision.principal, account);
});
