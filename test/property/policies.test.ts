import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as fc from "fast-check";
import { createGateView } from "../../src/emulator/gate-view.ts";
import { createState } from "../../src/emulator/state/create-state.ts";
import { decideAccess, findStanding } from "../../src/gate/access.ts";
import { evaluateCondition, findFault, loadConditions } from "../../src/gate/condition.ts";
import type { Binding, Policy } from "../../src/google/policy.ts";
import { acmeWorld } from "../support/acme-world.ts";
import { createApiClient } from "../support/api-client.ts";
import { judgeCondition, mayInvoke, writeCondition } from "../support/naive-evaluator.ts";
import {
  callers,
  condition,
  customRoles,
  groups,
  hourMs,
  instant,
  level,
  tags,
  toBinding,
  toNode,
} from "../support/random-policies.ts";

before(loadConditions);

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
        organization: { ...toNode(organization), roles: customRoles },
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
