import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as fc from "fast-check";
import { createGateView } from "../../src/emulator/gate-view.ts";
import { createState } from "../../src/emulator/state.ts";
import type { WorldNode } from "../../src/emulator/world.ts";
import { decideAccess, findStanding } from "../../src/gate/access.ts";
import { evaluateCondition, findFault, loadConditions } from "../../src/gate/condition.ts";
import type { Binding, Policy } from "../../src/google/policy.ts";
import { acmeWorld } from "../support/acme-world.ts";
import { createApiClient } from "../support/api-client.ts";
import { judgeCondition, mayInvoke, writeCondition } from "../support/naive-evaluator.ts";
import type { NaiveCondition, NaiveDenial, NaiveGroups, NaiveLevel } from "../support/naive-evaluator.ts";

before(loadConditions);

const baseMs = Date.parse("2026-12-31T23:00:00Z");
const hourMs = 3_600_000;
const keys = ["1000000000001/env", "1000000000001/team"];

/** On the hour, and a millisecond to either side: where mistakes live. */
const instant = fc
  .tuple(fc.integer({ min: -200, max: 200 }), fc.constantFrom(-1, 0, 1))
  .map(([hours, ms]) => baseMs + hours * hourMs + ms);

const tagLeaf = fc.oneof(
  fc.record({ kind: fc.constant("tag" as const), key: fc.constantFrom(...keys), value: fc.constantFrom("a", "b") }),
  fc.record({ kind: fc.constant("hasTag" as const), key: fc.constantFrom(...keys) }),
);
const leaf = fc.oneof(
  fc.record({ kind: fc.constantFrom("before" as const, "from" as const), atMs: instant }),
  fc.record({
    kind: fc.constant("hours" as const),
    offsetHours: fc.integer({ min: -12, max: 12 }),
    from: fc.integer({ min: 0, max: 12 }),
    to: fc.integer({ min: 12, max: 24 }),
  }),
  fc.record({ kind: fc.constant("weekday" as const), day: fc.integer({ min: 0, max: 6 }) }),
  tagLeaf,
  fc.constant({ kind: "unevaluable" as const }),
);

/** At most two levels of joining: IAM takes twelve logical operators. */
function joined(of: fc.Arbitrary<NaiveCondition>): fc.Arbitrary<NaiveCondition> {
  const once = fc.oneof(
    of,
    of.map((inner): NaiveCondition => ({ kind: "not", of: inner })),
    fc.record({ kind: fc.constantFrom("and" as const, "or" as const), left: of, right: of }),
  );
  return fc.oneof(once, fc.record({ kind: fc.constantFrom("and" as const, "or" as const), left: once, right: once }));
}
const condition = joined(leaf);
const tagCondition = joined(tagLeaf);
const tags = fc.dictionary(fc.constantFrom(...keys), fc.constantFrom("a", "b"));

test("conditions hold when a naive evaluator says so, on either side of every boundary", () => {
  fc.assert(
    fc.property(condition, instant, tags, (naive, nowMs, bound) => {
      const expression = writeCondition(naive);
      assert.equal(findFault(expression), undefined, expression);
      const list = Object.entries(bound).map(([key, value]) => ({ key, value }));
      const { outcome } = evaluateCondition(expression, { nowMs, tags: list });
      const expected = judgeCondition(naive, nowMs, bound);
      assert.equal(outcome, expected === "error" ? "error" : expected ? "holds" : "fails", expression);
    }),
    { numRuns: 500 },
  );
});

test("the wall clock of a time zone is the one that Intl tells, also around changes of clocks", () => {
  const zones = ["America/New_York", "Europe/Berlin", "Asia/Tokyo", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"];
  const around = ["2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z", "2026-03-29T01:00:00Z", "2026-04-04T15:00:00Z"];
  const near = fc
    .tuple(fc.constantFrom(...around), fc.integer({ min: -3 * hourMs, max: 3 * hourMs }))
    .map(([time, offsetMs]) => Date.parse(time) + offsetMs);
  fc.assert(
    fc.property(fc.constantFrom(...zones), near, (zone, nowMs) => {
      const text = new Date(nowMs).toLocaleString("sv-SE", { timeZone: zone }); // 2026-03-08 03:00:00
      const [, year, month, date, hours, minutes, seconds] = (
        /^(\d+)-(\d+)-(\d+) (\d+):(\d+):(\d+)$/.exec(text) ?? []
      ).map(Number);
      const parts = { getFullYear: year, getMonth: month! - 1, getDate: date, getDayOfMonth: date! - 1 };
      const all = { ...parts, getHours: hours, getMinutes: minutes, getSeconds: seconds };
      for (const [method, value] of Object.entries(all)) {
        const expression = `request.time.${method}("${zone}") == ${value}`;
        assert.equal(evaluateCondition(expression, { nowMs, tags: [] }).outcome, "holds", `${expression} at ${nowMs}`);
      }
    }),
    { numRuns: 150 },
  );
});

const users = ["dev@example.com", "guest@other.example"];
const account = "serviceAccount:invoker@demo-project.iam.gserviceaccount.com";
const callers = [undefined, ...users.map((email) => `user:${email}`), account];
const groupNames = ["a", "b", "c"].map((name) => `group:${name}@example.com`);
const named = [
  ...users.map((email) => `user:${email}`),
  account,
  "domain:example.com",
  "domain:demo-project.iam.gserviceaccount.com",
  ...groupNames,
];

const groups: fc.Arbitrary<NaiveGroups> = fc
  .array(fc.subarray([...groupNames, `user:${users[0]}`, account]), { minLength: 3, maxLength: 3 })
  .map((members) => Object.fromEntries(groupNames.map((name, index) => [name, members[index] ?? []])));

const bindings = fc.array(
  fc.oneof(
    fc.record({
      role: fc.constantFrom("roles/run.invoker", "roles/run.viewer"),
      members: fc.subarray([...named, "allUsers", "allAuthenticatedUsers"], { minLength: 1, maxLength: 3 }),
    }),
    fc.record({
      role: fc.constantFrom("roles/run.invoker", "roles/run.admin"),
      members: fc.subarray(named, { minLength: 1, maxLength: 3 }),
      condition,
    }),
  ),
  { maxLength: 2 },
);
const denials: fc.Arbitrary<NaiveDenial[]> = fc.array(
  fc.record(
    {
      denied: fc.subarray(["allUsers", `user:${users[0]}`, account, ...groupNames], { minLength: 1, maxLength: 2 }),
      exceptions: fc.subarray([`user:${users[0]}`, account, ...groupNames], { maxLength: 2 }),
      condition: tagCondition,
    },
    { requiredKeys: ["denied", "exceptions"] },
  ),
  { maxLength: 1 },
);
const level: fc.Arbitrary<NaiveLevel> = fc.record({
  bindings,
  denials: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: denials }),
  tags,
});

test("the gate agrees with a naive evaluator about random policies on every level", () => {
  let allowed = 0;
  let refused = 0;
  const property = fc.property(
    fc.tuple(level, level, level, level),
    groups,
    instant,
    ([service, project, inner, organization], members, nowMs) => {
      const world = acmeWorld({
        users: [{ email: "guest@other.example" }],
        groups: Object.entries(members).map(([name, list]) => ({ email: name.slice("group:".length), members: list })),
        service: { bindings: service.bindings.map(toBinding), resourceTags: service.tags },
        project: toNode(project),
        inner: toNode(inner),
        organization: toNode(organization),
      });
      const state = createState(world, { nowMs: () => nowMs });
      const view = createGateView(state);
      const levels = view.policiesOf("projects/demo-project/locations/us-central1/services/my-service");
      const naive = [{ ...service, denials: [] }, project, inner, organization];
      for (const caller of callers) {
        const email = caller?.slice(caller.indexOf(":") + 1) ?? "";
        const subject = state.findUser(email)?.subject ?? state.findAccount(email)?.uniqueId ?? "";
        const principal = view.principalBySubject(subject);
        const standing = findStanding({
          levels,
          principal,
          groups: view.groupsOf(email),
          permission: "run.routes.invoke",
        });
        const is = decideAccess(standing, nowMs).outcome === "allowed";
        assert.equal(is, mayInvoke(caller === undefined ? {} : { member: caller }, naive, members, nowMs), caller);
        if (is) allowed += 1;
        else refused += 1;
      }
    },
  );
  fc.assert(property, { numRuns: 400 });
  assert.ok(allowed > 100 && refused > 100, `${allowed} allowed, ${refused} refused: the property says little`);
});

test("policies that 20 clients read, change and write at once lose nothing", async () => {
  const client = createApiClient();
  const call = client.as("admin@example.com");
  const address = "run.googleapis.com/v2/projects/demo-project/locations/us-central1/services/my-service";
  const accounts = Array.from({ length: 20 }, (_, index) => `caller-${String(index).padStart(2, "0")}`);
  for (const accountId of accounts) {
    await call("POST iam.googleapis.com/v1/projects/demo-project/serviceAccounts", { accountId });
  }
  let conflicts = 0;
  const add = async (id: string, index: number): Promise<void> => {
    const member = `serviceAccount:${id}@demo-project.iam.gserviceaccount.com`;
    const title = `for ${index % 3}`;
    for (;;) {
      const { body } = await call(`GET ${address}:getIamPolicy?options.requestedPolicyVersion=3`);
      const policy = body as Policy;
      const binding: Binding = {
        role: "roles/run.invoker",
        members: [member],
        condition: { title, expression: "true" },
      };
      const changed = { ...policy, version: 3, bindings: [...(policy.bindings ?? []), binding] };
      const { status } = await call(`POST ${address}:setIamPolicy`, { policy: changed });
      if (status === 200) return;
      assert.equal(status, 409);
      conflicts += 1;
    }
  };
  await Promise.all(accounts.map(add));
  const { body } = await call(`GET ${address}:getIamPolicy?options.requestedPolicyVersion=3`);
  const written = (body as Policy).bindings ?? [];
  assert.equal(written.length, 3);
  assert.equal(new Set(written.flatMap(({ members }) => members)).size, 20);
  assert.ok(conflicts > 0, "nobody met anybody: the test says little");
});

function toBinding(binding: NaiveLevel["bindings"][number]): Binding {
  const { role, members, condition: naive } = binding;
  return { role, members, ...(naive ? { condition: { title: "naive", expression: writeCondition(naive) } } : {}) };
}

function toNode(naive: NaiveLevel): WorldNode {
  return {
    bindings: naive.bindings.map(toBinding),
    resourceTags: naive.tags,
    denyPolicies: naive.denials.map(({ denied, exceptions, condition: tagged }, index) => ({
      id: `policy-${index}`,
      rules: [
        {
          denyRule: {
            deniedPrincipals: denied.map(toDenyPrincipal),
            exceptionPrincipals: exceptions.map(toDenyPrincipal),
            deniedPermissions: ["run.googleapis.com/routes.invoke"],
            ...(tagged ? { denialCondition: { title: "naive", expression: writeCondition(tagged) } } : {}),
          },
        },
      ],
    })),
  };
}

function toDenyPrincipal(member: string): string {
  if (member === "allUsers") return "principalSet://goog/public:all";
  const [kind, email] = member.split(":");
  if (kind === "user") return `principal://goog/subject/${email}`;
  if (kind === "group") return `principalSet://goog/group/${email}`;
  return `principal://iam.googleapis.com/projects/-/serviceAccounts/${email}`;
}
