import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Binding } from "../google/policy.ts";
import { findGrants, memberNames } from "./allow.ts";
import type { Grant } from "./allow.ts";
import type { PolicyLevel, Principal } from "./view.ts";

const dev: Principal = { kind: "user", email: "dev@example.com", subject: "1", state: "active" };
const sa: Principal = { kind: "serviceAccount", email: "sa@p.iam.gserviceaccount.com", subject: "2", state: "active" };
const role = "roles/run.invoker";
const permission = "run.routes.invoke";

function findGrant(
  levels: readonly PolicyLevel[],
  principal: Principal | undefined,
  groups: string[] = [],
): Grant | undefined {
  return findGrants(levels, memberNames(principal, new Set(groups)), permission)[0];
}

function find(members: string[], principal: Principal | undefined, groups: string[] = []): string | undefined {
  const levels = [{ resource: "service", policy: { bindings: [{ role, members }] } }];
  return findGrant(levels, principal, groups)?.member;
}

test("each kind of member covers whom it names", () => {
  assert.equal(find(["allUsers"], undefined), "allUsers");
  assert.equal(find(["allUsers"], dev), "allUsers");
  assert.equal(find(["allAuthenticatedUsers"], sa), "allAuthenticatedUsers");
  assert.equal(find(["user:Dev@Example.com"], dev), "user:Dev@Example.com");
  assert.equal(find([`serviceAccount:${sa.email}`], sa), `serviceAccount:${sa.email}`);
  assert.equal(find(["group:Team@example.com"], dev, ["team@example.com"]), "group:Team@example.com");
  assert.equal(find(["group:team@example.com"], sa, ["team@example.com"]), "group:team@example.com");
  assert.equal(find(["domain:Example.com"], dev), "domain:Example.com");
});

test("a custom role gives what the level says, and nothing on a level that does not know it", () => {
  const custom = "projects/p/roles/calls";
  const policy = { bindings: [{ role: custom, members: ["allUsers"] }] };
  const knowing = (permissions: string[]): PolicyLevel => ({
    resource: "projects/p",
    policy,
    customRoles: new Map([[custom, new Set(permissions)]]),
  });
  assert.equal(findGrant([knowing([permission])], dev)?.binding.role, custom);
  assert.equal(findGrant([knowing(["run.services.get"])], dev), undefined);
  assert.equal(findGrant([{ resource: "service", policy }], dev), undefined);
});

test("no member covers anybody else", () => {
  assert.equal(find(["allAuthenticatedUsers"], undefined), undefined);
  assert.equal(find(["user:dev@example.com"], undefined), undefined);
  assert.equal(find(["user:other@example.com", `user:${sa.email}`], sa), undefined);
  assert.equal(find(["serviceAccount:dev@example.com"], dev), undefined);
  assert.equal(find(["group:team@example.com", "group:dev@example.com"], dev), undefined);
  assert.equal(find(["domain:ample.com", "domain:example.com.evil.test"], dev), undefined);
  assert.equal(find(["domain:p.iam.gserviceaccount.com"], sa), undefined);
  assert.equal(find(["deleted:user:dev@example.com?uid=1"], dev), undefined);
  assert.equal(find(["principal://iam.googleapis.com/x/dev@example.com", "principalSet://*"], dev), undefined);
  assert.equal(find(["", "dev@example.com", "user:", "projectOwner:p"], dev), undefined);
});

test("the levels add up, and the one that allows is named", () => {
  const levels: PolicyLevel[] = [
    { resource: "service", policy: { bindings: [{ role: "roles/run.viewer", members: ["user:dev@example.com"] }] } },
    { resource: "project", policy: {} },
    { resource: "organisation", policy: { bindings: [{ role, members: ["user:dev@example.com"] }] } },
  ];
  const found = findGrant(levels, dev);
  assert.equal(found?.resource, "organisation");
  assert.equal(found?.binding.role, role);
  assert.equal(findGrants(levels, memberNames(dev, new Set()), "run.services.setIamPolicy").length, 0);
});

test("a role that is not in the table grants nothing", () => {
  for (const unknown of ["roles/run.superuser", "projects/p/roles/invoker", "", "run.invoker", "__proto__"]) {
    const levels = [{ resource: "service", policy: { bindings: [{ role: unknown, members: ["allUsers"] }] } }];
    assert.equal(findGrant(levels, dev), undefined);
  }
});

test("bindings under conditions come all, but none beside one without a condition", () => {
  const members = ["user:dev@example.com"];
  const conditional = ["a", "b"].map((title) => ({ role, members, condition: { title, expression: "true" } }));
  const level = (bindings: Binding[]): PolicyLevel[] => [{ resource: "service", policy: { bindings } }];
  const names = memberNames(dev, new Set());
  assert.equal(findGrants(level(conditional), names, permission).length, 2);
  const grants = findGrants(level([...conditional, { role, members }]), names, permission);
  assert.deepEqual(
    grants.map(({ binding }) => binding.condition),
    [undefined],
  );
  assert.equal(findGrants(level(conditional), memberNames(sa, new Set()), permission).length, 0);
});

test("another binding never takes a permission away", () => {
  const binding = fc.record<Binding>({
    role: fc.constantFrom(role, "roles/viewer", "roles/owner", "x"),
    members: fc.array(fc.constantFrom("allUsers", "user:dev@example.com", "user:x@example.com", "garbage")),
  });
  fc.assert(
    fc.property(fc.array(binding), binding, fc.boolean(), (bindings, another, first) => {
      const before = findGrant([{ resource: "r", policy: { bindings } }], dev);
      const more = first ? [another, ...bindings] : [...bindings, another];
      const after = findGrant([{ resource: "r", policy: { bindings: more } }], dev);
      assert.ok(before === undefined || after !== undefined);
    }),
  );
});

test("somebody of an identity pool is who its pool says, and none of Google's own", () => {
  const pool = "iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci";
  const sets = [`principal://${pool}/subject/job`, `principalSet://${pool}/*`];
  const names = memberNames({ kind: "federated", subject: sets[0]!, state: "active", sets }, new Set());
  assert.deepEqual(names, ["allUsers", ...sets]);
});
