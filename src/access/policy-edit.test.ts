import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Policy } from "../google/policy.ts";
import { alreadyThrough } from "./holding.ts";
import { diffPolicies } from "./policy-diff.ts";
import { addMember, removeMember } from "./policy-edit.ts";

const role = "roles/run.invoker";
const member = "user:dev@example.com";
const condition = { title: "until", expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' };
const policy: Policy = {
  version: 3,
  etag: "BwUjMhCsNvY=",
  bindings: [
    { role: "roles/run.viewer", members: ["user:other@example.com", "group:g@example.com"] },
    { role, members: [member], condition },
    { role, members: ["user:other@example.com"] },
  ],
  auditConfigs: [{ service: "allServices" }],
};

test("a member is added to the role's binding without condition; all else stays", () => {
  const after = addMember(policy, role, member);
  assert.deepEqual(after, {
    ...policy,
    bindings: [...policy.bindings!.slice(0, 2), { role, members: ["user:other@example.com", member] }],
  });
});

test("a binding is made where there is none, and an empty policy keeps its etag", () => {
  assert.deepEqual(addMember({ etag: "ACAB" }, role, member), {
    etag: "ACAB",
    bindings: [{ role, members: [member] }],
  });
});

test("adding who is there, in whatever capitals, and removing who is not, change nothing at all", () => {
  assert.equal(addMember(policy, role, "user:OTHER@example.com"), policy);
  assert.equal(removeMember(policy, role, member), policy);
  assert.equal(removeMember(policy, "roles/owner", member), policy);
});

test("a binding left without members goes, since IAM allows none; conditional ones stay", () => {
  const after = removeMember(policy, role, "user:Other@example.com");
  assert.deepEqual(after.bindings, policy.bindings!.slice(0, 2));
});

test("whatever the policy, adding and then removing a new member gives the policy back", () => {
  const roles = fc.constantFrom(role, "roles/run.viewer", "projects/p/roles/own");
  const members = fc.uniqueArray(fc.constantFrom("allUsers", "user:a@example.com", "group:g@example.com"), {
    minLength: 1,
  });
  const binding = fc.oneof(
    fc.record({ role: roles, members }, { noNullPrototype: true }),
    fc.record({ role: roles, members, condition: fc.constant(condition) }, { noNullPrototype: true }),
  );
  fc.assert(
    fc.property(fc.array(binding), roles, (bindings, aRole) => {
      const before: Policy = { etag: "ACAB", bindings };
      const added = addMember(before, aRole, member);
      assert.deepEqual(removeMember(added, aRole, member), before);
      assert.deepEqual(diffPolicies(before, added), [{ sign: "+", role: aRole, member }]);
    }),
  );
});

test("who already can is told through what: own binding, everybody, another role, the project", () => {
  const through = (bindings: Policy["bindings"], who = member, wanted = role): unknown =>
    alreadyThrough(who, wanted, [
      { through: "service", policy: { bindings: bindings! } },
      { through: "project", policy: { bindings: [{ role: "roles/owner", members: ["user:admin@example.com"] }] } },
    ]);
  assert.deepEqual(through([{ role, members: [member] }]), [{ role, through: "service", by: member }]);
  assert.deepEqual(through([{ role, members: ["allUsers"] }]), [{ role, through: "service", by: "allUsers" }]);
  assert.deepEqual(through([], "user:admin@example.com"), [
    { role: "roles/owner", through: "project", by: "user:admin@example.com" },
  ]);
  const everybody = [{ role, members: ["allAuthenticatedUsers"] }];
  assert.ok(through(everybody));
  assert.equal(through(everybody, "group:g@example.com"), undefined);
});

test("a condition, a group, a domain, a role without the permission: not sure, so a grant is needed", () => {
  for (const binding of [
    { role, members: [member], condition },
    { role, members: ["group:g@example.com", "domain:example.com"] },
    { role: "roles/viewer", members: [member] },
    { role: "roles/made-up", members: [member] },
  ]) {
    assert.equal(alreadyThrough(member, role, [{ through: "service", policy: { bindings: [binding] } }]), undefined);
  }
  // Being owner does not let anyone make tokens of an account.
  const owner = { through: "project", policy: { bindings: [{ role: "roles/owner", members: [member] }] } } as const;
  assert.equal(alreadyThrough(member, "roles/iam.serviceAccountOpenIdTokenCreator", [owner]), undefined);
});
