import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { DenyRule } from "../google/deny-policy.ts";
import { decideAccess, findStanding } from "./access.ts";
import type { Access } from "./access.ts";
import { loadConditions } from "./condition.ts";
import type { PolicyLevel, Principal } from "./view.ts";

before(loadConditions);

const serviceAccountSet = "principalSet://cloudresourcemanager.googleapis.com/projects/123/type/ServiceAccount";
const dev: Principal = { kind: "user", email: "dev@example.com", subject: "1", state: "active" };
const account: Principal = {
  kind: "serviceAccount",
  email: "sa@p.iam.gserviceaccount.com",
  subject: "2",
  state: "active",
  sets: [serviceAccountSet],
};
const permission = "run.routes.invoke";
const deniedPermissions = ["run.googleapis.com/routes.invoke"];

/** What everyone may do, but for a rule. */
function access(rule: DenyRule, principal?: Principal, groups: string[] = [], options = {}): Access["outcome"] {
  const levels: PolicyLevel[] = [
    { resource: "service", policy: { bindings: [{ role: "roles/run.invoker", members: ["allUsers"] }] } },
    {
      resource: "projects/p",
      policy: {},
      tags: [{ key: "1/env", value: "prod" }],
      denyPolicies: [
        {
          ...{
            name: "policies/x/denypolicies/y",
            uid: "u",
            kind: "DenyPolicy",
            etag: "e",
            createTime: "",
            updateTime: "",
          },
          kind: "DenyPolicy",
          rules: [{ denyRule: { deniedPermissions, ...rule } }],
        },
      ],
    },
  ];
  const standing = findStanding({ levels, principal, groups: new Set(groups), permission });
  return decideAccess(standing, 0, options).outcome;
}

test("each form of a denied principal covers whom it names, in any case of an e-mail", () => {
  const covered: readonly [string, Principal | undefined, string[]?][] = [
    ["principalSet://goog/public:all", undefined],
    ["principalSet://goog/public:all", dev],
    ["principal://goog/subject/DEV@Example.com", dev],
    ["principal://iam.googleapis.com/projects/-/serviceAccounts/sa@p.iam.gserviceaccount.com", account],
    ["principalSet://goog/group/Team@example.com", dev, ["team@example.com"]],
    [serviceAccountSet, account],
  ];
  for (const [principal, who, groups] of covered)
    assert.equal(access({ deniedPrincipals: [principal] }, who, groups), "denied");
  const others: readonly [string, Principal | undefined, string[]?][] = [
    ["principal://goog/subject/dev@example.com", account],
    ["principal://goog/subject/dev@example.com", undefined],
    ["principal://goog/subject/sa@p.iam.gserviceaccount.com", account],
    ["principalSet://goog/group/team@example.com", dev, []],
    [serviceAccountSet.replace("123", "124"), account],
    ["deleted:principal://goog/subject/dev@example.com?uid=1", dev],
    ["user:dev@example.com", dev],
  ];
  for (const [principal, who, groups] of others)
    assert.equal(access({ deniedPrincipals: [principal] }, who, groups), "allowed");
});

test("permissions are denied by name or by group, and exceptions count within their rule", () => {
  const everyone = { deniedPrincipals: ["principalSet://goog/public:all"] };
  for (const pattern of ["run.googleapis.com/routes.*", "run.googleapis.com/*.invoke", "run.googleapis.com/*.*"]) {
    assert.equal(access({ ...everyone, deniedPermissions: [pattern] }), "denied");
  }
  for (const pattern of ["run.googleapis.com/services.*", "iam.googleapis.com/*.*", "run.routes.invoke", "*"]) {
    assert.equal(access({ ...everyone, deniedPermissions: [pattern] }), "allowed");
  }
  assert.equal(access({ ...everyone, exceptionPermissions: deniedPermissions }), "allowed");
  assert.equal(
    access({ ...everyone, exceptionPrincipals: ["principal://goog/subject/dev@example.com"] }, dev),
    "allowed",
  );
  assert.equal(access({ ...everyone, exceptionPrincipals: ["principal://goog/subject/dev@example.com"] }), "denied");
});

test("a condition on tags decides whether a rule applies; one that cannot be evaluated is a switch (a guess: unevaluable-denial)", () => {
  const rule = (expression: string): DenyRule => ({
    deniedPrincipals: ["principalSet://goog/public:all"],
    denialCondition: { title: "tags", expression },
  });
  assert.equal(access(rule('resource.matchTag("1/env", "prod")')), "denied");
  assert.equal(access(rule('!resource.matchTag("1/env", "prod")')), "allowed");
  assert.equal(access(rule("rubbish")), "denied");
  assert.equal(access(rule("rubbish"), undefined, [], { denyIfUnevaluable: false }), "allowed");
});
