import assert from "node:assert/strict";
import { test } from "node:test";
import type { Binding, Policy } from "../google/policy.ts";
import { createStandingJudge } from "./holding.ts";
import type { Standing } from "./holding.ts";
import type { Levels } from "./levels.ts";

const role = "roles/run.invoker";
const member = "user:dev@example.com";
const nowMs = Date.parse("2026-11-23T12:00:00Z");
const condition = { title: "until", expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' };
const service = { kind: "service", name: { project: "p", region: "us-central1", service: "web" } } as const;

interface Asked {
  readonly own?: readonly Binding[];
  readonly folder?: readonly Binding[];
  readonly who?: string;
  readonly wanted?: string;
  readonly untilMs?: number;
  readonly denied?: string;
}

async function standing({
  own = [],
  folder = [],
  who = member,
  wanted = role,
  untilMs,
  denied,
}: Asked): Promise<Standing> {
  const policy = (bindings: readonly Binding[]): { policy: Policy } => ({ policy: { bindings } });
  const owner = { role: "roles/owner", members: ["user:admin@example.com"] };
  const denyRule = { deniedPrincipals: [denied ?? ""], deniedPermissions: ["run.googleapis.com/routes.invoke"] };
  const stamps = { uid: "", kind: "DenyPolicy" as const, etag: "", createTime: "", updateTime: "" };
  const denyPolicy = { ...stamps, name: "policies/p/denypolicies/no", rules: [{ denyRule }] };
  const denyPolicies = denied === undefined ? [] : [denyPolicy];
  const levels: Levels = {
    levels: [
      { resource: service, ...policy(own), denyPolicies: [] },
      { resource: { kind: "project", project: "p" }, ...policy([owner]), denyPolicies },
      { resource: { kind: "folder", number: "7" }, ...policy(folder), denyPolicies: [] },
    ],
    unread: [],
    roles: new Map(),
  };
  return (await createStandingJudge(levels, wanted, nowMs, untilMs)).judge({ member: who });
}

test("who already can is told through what, on whatever level: own binding, everybody, a domain, another role", async () => {
  const through = async (asked: Asked): Promise<unknown> =>
    (await standing(asked)).through?.map((each) => [each.role, each.resource, each.by]);
  const web = "projects/p/locations/us-central1/services/web";
  assert.deepEqual(await through({ own: [{ role, members: [member] }] }), [[role, web, member]]);
  assert.deepEqual(await through({ own: [{ role, members: ["allUsers"] }] }), [[role, web, "allUsers"]]);
  assert.deepEqual(await through({ who: "user:admin@example.com" }), [
    ["roles/owner", "projects/p", "user:admin@example.com"],
  ]);
  assert.deepEqual(await through({ folder: [{ role: "roles/editor", members: ["domain:example.com"] }] }), [
    ["roles/editor", "folders/7", "domain:example.com"],
  ]);
  const everybody = [{ role, members: ["allAuthenticatedUsers"] }];
  assert.ok(await through({ own: everybody }));
  assert.equal(await through({ own: everybody, who: "group:g@example.com" }), undefined);
});

test("a condition, a group, a role without the permission: not sure, so a grant is needed", async () => {
  for (const binding of [
    { role, members: [member], condition },
    { role, members: ["group:g@example.com", "domain:other.example"] },
    { role: "roles/viewer", members: [member] },
    { role: "roles/made-up", members: [member] },
  ]) {
    assert.deepEqual(await standing({ own: [binding] }), {});
  }
  // Being owner does not let anyone make tokens of an account.
  const wanted = "roles/iam.serviceAccountOpenIdTokenCreator";
  assert.deepEqual(await standing({ folder: [{ role: "roles/owner", members: [member] }], wanted }), {});
});

test("for a grant that ends, a binding that ends no earlier is enough, if nothing else is in its condition", async () => {
  const own = [{ role, members: [member], condition }];
  const endMs = Date.parse("2030-01-01T00:00:00Z");
  assert.ok((await standing({ own, untilMs: endMs })).through);
  assert.equal((await standing({ own, untilMs: endMs + 1000 })).through, undefined);
  const narrow = { title: "t", expression: `${condition.expression} && resource.name == "x"` };
  assert.equal(
    (await standing({ own: [{ role, members: [member], condition: narrow }], untilMs: endMs })).through,
    undefined,
  );
});

test("a deny policy above takes what is granted, and is named", async () => {
  const { through, denied } = await standing({
    folder: [{ role: "roles/editor", members: [member] }],
    denied: "principalSet://goog/public:all",
  });
  assert.equal(through, undefined);
  assert.deepEqual([denied?.policy, denied?.resource], ["policies/p/denypolicies/no", "projects/p"]);
});
