import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { createMovableClock } from "../../src/core/clock.ts";
import { findPrincipal, holds } from "../../src/emulator/api/caller.ts";
import { exportState, importState } from "../../src/emulator/state/export-state.ts";
import { accountKind, customRoleKind, policyKind, userKind } from "../../src/emulator/state/records.ts";
import { createState } from "../../src/emulator/state/create-state.ts";
import type { State } from "../../src/emulator/state/state.ts";
import { createStore } from "../../src/emulator/state/store.ts";
import { defaultWorld } from "../../src/emulator/world/world.ts";
import type { World } from "../../src/emulator/world/world.ts";

const nowMs = Date.UTC(2026, 10, 24);
const users = ["dev@example.com", "admin@example.com", "guest@other.org"];
const accounts = ["invoker", "worker-1"];
const services = ["alpha", "beta"];
const emailOf = (id: string): string => `${id}@demo-project.iam.gserviceaccount.com`;

const customRole = "projects/demo-project/roles/calls";

const member = fc.constantFrom(
  "allUsers",
  "allAuthenticatedUsers",
  "domain:example.com",
  "group:team@example.com",
  ...users.map((email) => `user:${email}`),
  ...accounts.map((id) => `serviceAccount:${emailOf(id)}`),
);
const bindings = fc.array(
  fc.record({
    role: fc.constantFrom("roles/run.invoker", "roles/run.viewer", "roles/owner", customRole),
    members: fc.uniqueArray(member, { minLength: 1, maxLength: 3 }),
  }),
  { maxLength: 2 },
);
const state = fc.constantFrom("active" as const, "disabled" as const);
const includedPermissions = fc.subarray(["run.routes.invoke", "run.services.get"]);

const world: fc.Arbitrary<World> = fc
  .record({
    project: bindings,
    roles: fc.array(fc.record({ id: fc.constant("calls"), includedPermissions }), { maxLength: 1 }),
    ofServices: fc.tuple(bindings, bindings),
    states: fc.tuple(state, state, state),
    group: fc.uniqueArray(fc.constantFrom(...users), { maxLength: 2 }),
  })
  .map(({ project, roles, ofServices, states, group }) => ({
    ...defaultWorld,
    projects: [{ id: "demo-project", number: "123456789012", bindings: project, roles }],
    users: users.map((email, at) => ({ email, state: states[at] ?? "active" })),
    groups: [{ email: "team@example.com", members: group.map((email) => `user:${email}`) }],
    serviceAccounts: accounts.map((id) => ({ id, project: "demo-project" })),
    services: services.map((name, at) => ({
      name,
      project: "demo-project",
      region: "us-central1",
      bindings: ofServices[at as 0 | 1],
    })),
    defaults: { ...defaultWorld.defaults, service: "alpha" },
  }));

/** What has happened since: a policy is replaced, an account or user is disabled, a policy or account goes, a custom role gives something else. */
const change = fc.oneof(
  fc.record({ kind: fc.constant("policy" as const), service: fc.constantFrom(...services), bindings }),
  fc.record({ kind: fc.constant("unpolicy" as const), service: fc.constantFrom(...services) }),
  fc.record({ kind: fc.constant("account" as const), id: fc.constantFrom(...accounts) }),
  fc.record({ kind: fc.constant("role" as const), includedPermissions }),
  fc.record({ kind: fc.constant("user" as const), email: fc.constantFrom(...users) }),
);

const resourceOf = (service: string): string => `projects/demo-project/locations/us-central1/services/${service}`;

async function apply(
  { store, findAccount, findUser }: State,
  done: typeof change extends fc.Arbitrary<infer T> ? T : never,
): Promise<void> {
  if (done.kind === "policy")
    await store.put(policyKind, resourceOf(done.service), { version: 1, bindings: done.bindings });
  if (done.kind === "role")
    await store.put(customRoleKind, customRole, { includedPermissions: done.includedPermissions });
  if (done.kind === "unpolicy") await store.delete(policyKind, resourceOf(done.service));
  if (done.kind === "account") {
    const record = findAccount(emailOf(done.id));
    assert.ok(record);
    await store.put(accountKind, record.uniqueId, { ...record, state: "disabled" });
  }
  if (done.kind === "user") {
    const record = findUser(done.email);
    assert.ok(record);
    await store.put(userKind, record.email, { ...record, state: "deleted" });
  }
}

function decisionsOf(of: State): unknown {
  const subjects = [
    ...users.map((email) => of.findUser(email)?.subject ?? ""),
    ...accounts.map((id) => of.findAccount(emailOf(id))?.uniqueId ?? ""),
  ];
  return subjects.map((subject) => {
    const principal = findPrincipal(of, subject);
    assert.ok(principal);
    return [
      subject,
      principal.state,
      ...services.flatMap((service) =>
        ["run.routes.invoke", "run.services.get"].map((permission) =>
          holds(of, { principal }, permission, resourceOf(service)),
        ),
      ),
    ];
  });
}

test("random worlds, exported and imported, decide the same, and export the same again", async () => {
  await fc.assert(
    fc.asyncProperty(world, fc.array(change, { maxLength: 4 }), async (begun, changes) => {
      const clock = createMovableClock({ nowMs: () => nowMs });
      const store = createStore();
      const before = createState(begun, clock, store);
      for (const done of changes) await apply(before, done);
      const text = await exportState(store, nowMs, true);
      const other = createStore();
      const after = createState(defaultWorld, clock, other);
      await importState(other, text, "export", nowMs);
      assert.deepEqual(decisionsOf(after), decisionsOf(before));
      assert.equal(await exportState(other, nowMs, true), text);
    }),
    { numRuns: 60 },
  );
});

test("the same state is the same text, in whatever order it came about", async () => {
  const clock = createMovableClock({ nowMs: () => nowMs });
  const done = [
    { kind: "role" as const, includedPermissions: [] },
    { kind: "policy" as const, service: "my-service", bindings: [] },
    { kind: "user" as const, email: "dev@example.com" },
  ];
  // Without policies to begin with: which kinds come later is the order that could show.
  const bare = { ...defaultWorld, projects: defaultWorld.projects.map(({ bindings: _none, ...each }) => each) };
  const texts = [done, done.toReversed()].map(async (changes) => {
    const store = createStore();
    const begun = createState(bare, clock, store);
    for (const each of changes) await apply(begun, each);
    return (await exportState(store, nowMs, true)).replace(/[\da-f]{8}(?:-[\da-f]+){4}/g, "UUID");
  });
  const [forwards, backwards] = await Promise.all(texts);
  assert.equal(forwards, backwards);
});
