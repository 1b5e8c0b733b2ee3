import * as fc from "fast-check";
import type { WorldNode, WorldRole } from "../../src/emulator/world/world.ts";
import type { Binding } from "../../src/google/policy.ts";
import { organizationId } from "./acme-world.ts";
import { writeCondition } from "./naive-evaluator.ts";
import type { NaiveCondition, NaiveDenial, NaiveGroups, NaiveLevel } from "./naive-evaluator.ts";

/** Random policies on every level of a small organisation, with conditions, groups and deny rules. */

const baseMs = Date.parse("2026-12-31T23:00:00Z");
export const hourMs: number = 3_600_000;
const keys = ["1000000000001/env", "1000000000001/team"];

/** On the hour, and a millisecond to either side: where mistakes live. */
export const instant: fc.Arbitrary<number> = fc
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
export const condition: fc.Arbitrary<NaiveCondition> = joined(leaf);
const tagCondition = joined(tagLeaf);
export const tags: fc.Arbitrary<Record<string, string>> = fc.dictionary(
  fc.constantFrom(...keys),
  fc.constantFrom("a", "b"),
);

const users: readonly string[] = ["dev@example.com", "guest@other.example"];
const account = "serviceAccount:invoker@demo-project.iam.gserviceaccount.com";
/** An account that leads to the other one, in worlds that have it. */
export const middleAccount = "serviceAccount:middle@demo-project.iam.gserviceaccount.com";
export const callers: readonly (string | undefined)[] = [undefined, ...users.map((email) => `user:${email}`), account];
const groupNames = ["a", "b", "c"].map((name) => `group:${name}@example.com`);
const named = [
  ...users.map((email) => `user:${email}`),
  account,
  "domain:example.com",
  "domain:demo-project.iam.gserviceaccount.com",
  ...groupNames,
];

export const groups: fc.Arbitrary<NaiveGroups> = fc
  .array(fc.subarray([...groupNames, `user:${users[0]}`, account]), { minLength: 3, maxLength: 3 })
  .map((members) => Object.fromEntries(groupNames.map((name, index) => [name, members[index] ?? []])));

/** A custom role of the organisation, as bindings name it. */
export const customRole = (id: string): string => `organizations/${organizationId}/roles/${id}`;
/** Custom roles of the organisation that bindings name. */
export const customRoles: readonly WorldRole[] = [
  { id: "calls", includedPermissions: ["run.services.get", "run.routes.invoke"] },
  { id: "looks", includedPermissions: ["run.services.get"] },
  { id: "off", includedPermissions: ["run.routes.invoke", "iam.serviceAccounts.getOpenIdToken"], stage: "DISABLED" },
  { id: "mints", includedPermissions: ["iam.serviceAccounts.getOpenIdToken"] },
  { id: "acts", includedPermissions: ["iam.serviceAccounts.getOpenIdToken", "iam.serviceAccounts.implicitDelegation"] },
];

const bindings = fc.array(
  fc.oneof(
    fc.record({
      role: fc.constantFrom("roles/run.invoker", "roles/run.viewer", ...["calls", "looks", "off"].map(customRole)),
      members: fc.subarray([...named, "allUsers", "allAuthenticatedUsers"], { minLength: 1, maxLength: 3 }),
    }),
    fc.record({
      role: fc.constantFrom("roles/run.invoker", "roles/run.admin", customRole("calls")),
      members: fc.subarray(named, { minLength: 1, maxLength: 3 }),
      condition,
    }),
  ),
  { maxLength: 2 },
);
/** Who may act as an account: by a role that leads on, or by one for ID tokens alone. */
export const accountBindings: fc.Arbitrary<NaiveLevel["bindings"]> = fc.array(
  fc.record(
    {
      role: fc.constantFrom(
        "roles/iam.serviceAccountTokenCreator",
        "roles/iam.serviceAccountOpenIdTokenCreator",
        ...["mints", "acts", "off"].map(customRole),
      ),
      members: fc.subarray([`user:${users[0]}`, middleAccount, groupNames[0] ?? "", "domain:example.com"], {
        minLength: 1,
        maxLength: 2,
      }),
      condition,
    },
    { requiredKeys: ["role", "members"] },
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
export const level: fc.Arbitrary<NaiveLevel> = fc.record({
  bindings,
  denials: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: denials }),
  tags,
});

export function toBinding(binding: NaiveLevel["bindings"][number]): Binding {
  const { role, members, condition: naive } = binding;
  return { role, members, ...(naive ? { condition: { title: "naive", expression: writeCondition(naive) } } : {}) };
}

export function toNode(naive: NaiveLevel): WorldNode {
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
