import { before, test } from "node:test";
import { loadConditions } from "../../../src/gate/gate.ts";
import type { DenyRule } from "../../../src/google/deny-policy.ts";
import { account, assertAdmitted, assertRefused, createFixture, mint, user, userClaims } from "./fixture.ts";

before(loadConditions);

const deniedPermissions = ["run.googleapis.com/routes.invoke"];
const everyone = ["principalSet://goog/public:all"];
const thisAccount = `principal://iam.googleapis.com/projects/-/serviceAccounts/${account.email}`;

test("a denied principal gets through no binding, of whatever level or role", () => {
  const { world, decide, decideToken } = createFixture();
  world.projectBindings = [{ role: "roles/owner", members: [`serviceAccount:${account.email}`] }];
  world.bindings.push({ role: "roles/run.invoker", members: ["allUsers"] });
  assertAdmitted(decideToken(mint()));
  world.denyRules = [{ deniedPermissions, deniedPrincipals: everyone }];
  world.revision += 1;
  assertRefused(decideToken(mint()), 403, "deny policy", mint());
  assertRefused(decide([]), 403, "deny policy");
});

test("a rule that is taken away denies nothing any more", () => {
  const { world, decideToken } = createFixture();
  world.denyRules = [{ deniedPermissions, deniedPrincipals: [thisAccount] }];
  assertRefused(decideToken(mint()), 403, "deny policy", mint());
  world.denyRules = [];
  world.revision += 1;
  assertAdmitted(decideToken(mint()));
});

test("a denied account is not its namesake of another kind", () => {
  const { world, decideToken } = createFixture();
  world.denyRules = [{ deniedPermissions, deniedPrincipals: [thisAccount] }];
  world.principals.set(user.subject, { ...user, email: account.email });
  world.bindings.push({ role: "roles/run.invoker", members: [`user:${account.email}`] });
  assertAdmitted(decideToken(mint({ ...userClaims, email: account.email })));
});

const harmless: Readonly<Record<string, DenyRule>> = {
  "who is excepted": { deniedPermissions, deniedPrincipals: everyone, exceptionPrincipals: [thisAccount] },
  "the permission is excepted": {
    deniedPermissions: ["run.googleapis.com/*"],
    exceptionPermissions: deniedPermissions,
    deniedPrincipals: everyone,
  },
  "another permission": { deniedPermissions: ["run.googleapis.com/services.get"], deniedPrincipals: everyone },
  "no permission": { deniedPrincipals: everyone },
  nobody: { deniedPermissions },
  "a condition that is false": {
    deniedPermissions,
    deniedPrincipals: everyone,
    denialCondition: { expression: "resource.matchTag('1/env', 'prod')" },
  },
};

for (const [form, rule] of Object.entries(harmless)) {
  test(`a rule takes nothing from an account that it does not mean: ${form}`, () => {
    const { world, decideToken } = createFixture();
    world.denyRules = [rule];
    assertAdmitted(decideToken(mint()));
  });
}
