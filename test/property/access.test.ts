import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as fc from "fast-check";
import { createEvaluator } from "../../src/access/effective.ts";
import { readLevels } from "../../src/access/levels.ts";
import type { Level } from "../../src/access/levels.ts";
import type { Resource } from "../../src/access/resource.ts";
import { createGateView } from "../../src/emulator/gate-view.ts";
import { createState } from "../../src/emulator/state.ts";
import { decideAccess, findStanding } from "../../src/gate/access.ts";
import { loadConditions } from "../../src/gate/condition.ts";
import { acmeWorld } from "../support/acme-world.ts";
import { createApiClient } from "../support/api-client.ts";
import { contextOf } from "../support/api-context.ts";
import { mayInvoke } from "../support/naive-evaluator.ts";
import type { NaiveGroups, NaiveLevel } from "../support/naive-evaluator.ts";
import { callers, groups, instant, level, toBinding, toNode } from "../support/random-policies.ts";

before(loadConditions);

const permission = "run.routes.invoke";
const name = { project: "demo-project", region: "us-central1", service: "my-service" };
const service: Resource = { kind: "service", name };

interface RandomWorld {
  readonly naive: readonly [NaiveLevel, NaiveLevel, NaiveLevel, NaiveLevel];
  readonly members: NaiveGroups;
  readonly nowMs: number;
}

const randomWorld: fc.Arbitrary<RandomWorld> = fc.record({
  naive: fc.tuple(level, level, level, level),
  members: groups,
  nowMs: instant,
});

/** May read everything, and call nothing. */
const reader = { role: "roles/iam.securityReviewer", members: ["user:admin@example.com"] };

function worldOf({ naive: [own, project, inner, organization], members }: RandomWorld): ReturnType<typeof acmeWorld> {
  const above = toNode(organization);
  return acmeWorld({
    users: [{ email: "guest@other.example" }],
    groups: Object.entries(members).map(([group, list]) => ({ email: group.slice("group:".length), members: list })),
    service: { bindings: own.bindings.map(toBinding), resourceTags: own.tags },
    project: toNode(project),
    inner: toNode(inner),
    organization: { ...above, bindings: [...(above.bindings ?? []), reader] },
  });
}

/** What nobody can read who only sees policies: who is in a group, and which tags a resource has. */
function holdsRiddles(levels: readonly Level[]): boolean {
  return /group[:/]|matchTag|hasTagKey/.test(JSON.stringify(levels));
}

test("who may call is the same to access, the gate and a naive evaluator, and unknown only where something is hidden", async () => {
  const count = { yes: 0, no: 0, unknown: 0 };
  const property = fc.asyncProperty(randomWorld, async (random) => {
    const { naive, members, nowMs } = random;
    const state = createState(worldOf(random), { nowMs: () => nowMs });
    const view = createGateView(state);
    const policies = view.policiesOf(`projects/demo-project/locations/us-central1/services/my-service`);
    const levels = policies.map(({ policy, denyPolicies = [] }): Level => ({
      resource: service,
      policy,
      denyPolicies,
    }));
    const evaluator = await createEvaluator({ levels, unread: [] });
    for (const caller of callers) {
      const { outcome } = evaluator.decide({ member: caller ?? "allUsers" }, permission, nowMs);
      const email = caller?.slice(caller.indexOf(":") + 1) ?? "";
      const subject = state.findUser(email)?.subject ?? state.findAccount(email)?.uniqueId ?? "";
      const principal = view.principalBySubject(subject);
      const standing = findStanding({ levels: policies, principal, groups: view.groupsOf(email), permission });
      const byGate = decideAccess(standing, nowMs).outcome === "allowed";
      const own = caller === undefined ? {} : { member: caller };
      const [first, ...others] = naive;
      assert.equal(byGate, mayInvoke(own, [{ ...first, denials: [] }, ...others], members, nowMs), caller);
      if (outcome === "unknown") {
        assert.ok(holdsRiddles(levels), "nothing is hidden, yet it is unknown");
        count.unknown += 1;
      } else {
        assert.equal(outcome === "allowed", byGate, caller);
        count[byGate ? "yes" : "no"] += 1;
      }
    }
  });
  await fc.assert(property, { numRuns: 2000 });
  assert.ok(count.yes > 500 && count.no > 500, `${JSON.stringify(count)}: the property says little`);
});

test("what is read through Google's APIs leads to the same answers", async () => {
  let known = 0;
  const property = fc.asyncProperty(randomWorld, async (random) => {
    const client = createApiClient(worldOf(random));
    const read = await readLevels(contextOf(client, "admin@example.com"), service, "unused");
    assert.deepEqual(read.unread, []);
    const evaluator = await createEvaluator(read);
    const nowMs = client.clock.nowMs();
    const view = createGateView(client.state);
    const policies = view.policiesOf(`projects/demo-project/locations/us-central1/services/my-service`);
    for (const caller of callers) {
      const { outcome } = evaluator.decide({ member: caller ?? "allUsers" }, permission, nowMs);
      if (outcome === "unknown") continue;
      known += 1;
      const email = caller?.slice(caller.indexOf(":") + 1) ?? "";
      const subject = client.state.findUser(email)?.subject ?? client.state.findAccount(email)?.uniqueId ?? "";
      const principal = view.principalBySubject(subject);
      const standing = findStanding({ levels: policies, principal, groups: view.groupsOf(email), permission });
      assert.equal(outcome === "allowed", decideAccess(standing, nowMs).outcome === "allowed", caller);
    }
  });
  await fc.assert(property, { numRuns: 60 });
  assert.ok(known > 60, `${known} answers: the property says little`);
});
