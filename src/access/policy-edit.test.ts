import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Policy } from "../google/policy.ts";
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
  const after = addMember(policy, { role, member });
  assert.deepEqual(after, {
    ...policy,
    bindings: [...policy.bindings!.slice(0, 2), { role, members: ["user:other@example.com", member] }],
  });
});

test("a binding is made where there is none, and an empty policy keeps its etag", () => {
  assert.deepEqual(addMember({ etag: "ACAB" }, { role, member }), {
    etag: "ACAB",
    bindings: [{ role, members: [member] }],
  });
});

test("adding who is there, in whatever capitals, and removing who is not, change nothing at all", () => {
  assert.equal(addMember(policy, { role, member: "user:OTHER@example.com" }), policy);
  assert.equal(removeMember(policy, { role, member }), policy);
  assert.equal(removeMember(policy, { role: "roles/owner", member }), policy);
});

test("a binding left without members goes, since IAM allows none; conditional ones stay", () => {
  const after = removeMember(policy, { role, member: "user:Other@example.com" });
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
      const added = addMember(before, { role: aRole, member });
      assert.deepEqual(removeMember(added, { role: aRole, member }), before);
      assert.deepEqual(diffPolicies(before, added), [{ sign: "+", role: aRole, member }]);
    }),
  );
});

test("a binding under a condition is one of its own: it asks for version 3, and goes alone", () => {
  const added = addMember({ etag: "ACAB", bindings: [{ role, members: [member] }] }, { role, member, condition });
  assert.deepEqual(added, {
    etag: "ACAB",
    version: 3,
    bindings: [
      { role, members: [member] },
      { role, members: [member], condition },
    ],
  });
  assert.deepEqual(removeMember(added, { role, member, condition }).bindings, [{ role, members: [member] }]);
  assert.equal(removeMember(added, { role, member, condition: { ...condition, title: "another" } }), added);
});
