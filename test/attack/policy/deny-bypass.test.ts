import assert from "node:assert/strict";
import { test } from "node:test";
import { createGateView } from "../../../src/emulator/gate-view.ts";
import { createState } from "../../../src/emulator/state/create-state.ts";
import type { World } from "../../../src/emulator/world/world.ts";
import { decideAccess, findStanding } from "../../../src/gate/access.ts";
import { acmeWorld } from "../../support/acme-world.ts";

const permission = "run.routes.invoke";
const serviceName = "projects/demo-project/locations/us-central1/services/my-service";
const dev = "principal://goog/subject/dev@example.com";

interface Rule {
  readonly deniedPrincipals: readonly string[];
  readonly exceptionPrincipals?: readonly string[];
}

/** Whether dev gets in where everybody may, but for a deny rule. */
function getsIn(
  rule: Rule,
  members: readonly string[] = ["allUsers"],
  groups: World["groups"] = [],
  role = "roles/run.invoker",
): boolean {
  const rules = [{ denyRule: { ...rule, deniedPermissions: ["run.googleapis.com/routes.invoke"] } }];
  const world = acmeWorld({
    groups,
    service: { bindings: [{ role, members }] },
    organization: { denyPolicies: [{ id: "denied", rules }] },
  });
  const state = createState(world, { nowMs: () => 0 });
  const view = createGateView(state);
  const principal = view.principalBySubject(state.findUser("dev@example.com")?.subject ?? "");
  const groupsOf = view.groupsOf("dev@example.com");
  const standing = findStanding({ levels: view.policiesOf(serviceName), principal, groups: groupsOf, permission });
  return decideAccess(standing, 0).outcome === "allowed";
}

const ring = ["a", "b", "c"].map((name, index, names) => ({
  email: `${name}@example.com`,
  members: [`group:${names[(index + 1) % 3]}@example.com`, ...(name === "c" ? ["user:dev@example.com"] : [])],
}));

test("the control: without a rule that covers it, the principal gets in", () => {
  assert.equal(getsIn({ deniedPrincipals: ["principal://goog/subject/admin@example.com"] }), true);
});

test("an e-mail in another case does not get past a deny rule", () => {
  for (const spelt of [dev, dev.replace("dev@", "DEV@"), dev.replace("example", "Example")]) {
    assert.equal(getsIn({ deniedPrincipals: [spelt] }), false, spelt);
    assert.equal(getsIn({ deniedPrincipals: [spelt] }, ["user:DEV@EXAMPLE.COM"]), false, spelt);
  }
});

test("a stronger role on a nearer level does not get past a deny rule above", () => {
  for (const role of ["roles/run.admin", "roles/owner"]) {
    assert.equal(getsIn({ deniedPrincipals: [dev] }, ["user:dev@example.com"], [], role), false);
    assert.equal(
      getsIn({ deniedPrincipals: ["principal://goog/subject/x@example.com"] }, ["user:dev@example.com"], [], role),
      true,
    );
  }
});

test("an exception for somebody who is named alike is none", () => {
  const exceptions = [
    "principal://goog/subject/dev@example.com.evil.test",
    "principal://goog/subject/xdev@example.com",
    "principal://iam.googleapis.com/projects/-/serviceAccounts/dev@example.com",
    "deleted:principal://goog/subject/dev@example.com?uid=1",
    "principalSet://goog/group/dev@example.com",
  ];
  assert.equal(getsIn({ deniedPrincipals: [dev], exceptionPrincipals: exceptions }), false);
});

test("groups that hold each other in a ring are denied, and end", () => {
  assert.equal(getsIn({ deniedPrincipals: ["principalSet://goog/group/A@example.com"] }, ["allUsers"], ring), false);
  assert.equal(getsIn({ deniedPrincipals: [dev] }, ["group:a@example.com"], ring), false);
  assert.equal(
    getsIn({ deniedPrincipals: ["principalSet://goog/group/other@example.com"] }, ["group:a@example.com"], ring),
    true,
  );
});

test("a long chain of groups neither hides a principal nor exhausts the stack", () => {
  const chain = Array.from({ length: 2000 }, (_, index) => ({
    email: `g${index}@example.com`,
    members: [index === 1999 ? "user:Dev@example.com" : `group:g${index + 1}@example.com`],
  }));
  assert.equal(getsIn({ deniedPrincipals: ["principalSet://goog/group/g0@example.com"] }, ["allUsers"], chain), false);
});
