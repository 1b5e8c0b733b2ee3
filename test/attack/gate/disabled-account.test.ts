import { test } from "node:test";
import { account, assertAdmitted, assertTokenRefused, createFixture, mint, user, userClaims } from "./fixture.ts";

for (const [principal, claims] of [
  [account, {}],
  [user, userClaims],
] as const) {
  test(`a disabled ${principal.kind} is refused, even if its token was good a moment ago`, () => {
    const fixture = createFixture();
    const token = mint(claims);
    assertAdmitted(fixture.decideToken(token));
    fixture.world.principals.set(principal.subject, { ...principal, state: "disabled" });
    fixture.world.revision += 1;
    assertTokenRefused(token, "principal", fixture);
    fixture.world.bindings = [{ role: "roles/run.invoker", members: ["allAuthenticatedUsers"] }];
    fixture.world.revision += 1;
    assertTokenRefused(token, "principal", fixture);
  });
}
