import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAdmitted, assertRefused, createFixture, foreignKey, mint, startSeconds, url } from "./fixture.ts";

const credentials = [
  [],
  ["Authorization", ""],
  ["Authorization", "Basic eA=="],
  ["Authorization", "Bearer garbage"],
  ["Authorization", `Bearer ${mint({}, {}, foreignKey.privateKey)}`],
  ["Authorization", `Bearer ${mint({ exp: startSeconds - 1, iat: startSeconds - 60 })}`],
  ["Authorization", "Bearer a", "Authorization", "Bearer b"],
  ["X-Serverless-Authorization", "Bearer garbage", "Authorization", "Bearer x"],
];

for (const level of ["bindings", "projectBindings"] as const) {
  test(`allUsers in ${level} admits everyone, with whatever credential, as nobody`, () => {
    const fixture = createFixture();
    fixture.world.bindings = [];
    fixture.world[level] = [{ role: "roles/run.invoker", members: ["allUsers"] }];
    for (const headers of credentials) {
      const decision = fixture.decide(headers);
      assertAdmitted(decision);
      assert.equal(decision.principal, undefined);
    }
  });
}

test("allUsers with another role admits nobody", () => {
  const fixture = createFixture();
  fixture.world.bindings = [{ role: "roles/run.viewer", members: ["allUsers"] }];
  assertRefused(fixture.decide([]), 403, "permission");
});

test("a disabled invoker check admits everyone; the service is private again when it is back", () => {
  const fixture = createFixture();
  const closed = fixture.world.service;
  fixture.world.service = { ...closed, invokerIamDisabled: true };
  for (const headers of credentials) assertAdmitted(fixture.decide(headers));
  fixture.world.service = closed;
  assertRefused(fixture.decide([]), 403, "permission");
  assertRefused(fixture.decideToken(mint({ aud: `${url}x` })), 401, "audience");
});
