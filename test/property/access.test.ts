import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as fc from "fast-check";
import { invokePermission, listAccess } from "../../src/access/access.ts";
import type { GrantRequest } from "../../src/access/grant-request.ts";
import { createGroupReader } from "../../src/access/groups.ts";
import { resourceName } from "../../src/access/resource.ts";
import { createTroubleshooter } from "../../src/access/troubleshooter.ts";
import { whetherCanCall } from "../../src/access/whether.ts";
import { diagnose } from "../../src/doctor/diagnose.ts";
import type { Diagnosis, Link } from "../../src/doctor/finding.ts";
import { decideAccess, findStanding } from "../../src/gate/access.ts";
import { loadConditions } from "../../src/gate/condition.ts";
import { createGateView } from "../../src/emulator/gate-view.ts";
import type { World } from "../../src/emulator/world/world.ts";
import { formatServiceName } from "../../src/google/run-name.ts";
import { permissionsOf } from "../../src/google/roles.ts";
import { acmeWorld, organizationId } from "../support/acme-world.ts";
import { createGoogleInProcess } from "../support/google-in-process.ts";
import type { GoogleInProcess } from "../support/google-in-process.ts";
import { canGetIn, fateOf } from "../support/naive-call.ts";
import type { NaiveCall, NaiveWorld } from "../support/naive-call.ts";
import { mayInvoke } from "../support/naive-evaluator.ts";
import {
  accountBindings,
  callers,
  customRole,
  customRoles,
  groups,
  instant,
  level,
  middleAccount,
  toBinding,
  toNode,
} from "../support/random-policies.ts";
import { volume } from "../support/volume.ts";

before(loadConditions);

const name = { project: "demo-project", region: "us-central1", service: "my-service" };
const dev = "user:dev@example.com";
const invoker = "serviceAccount:invoker@demo-project.iam.gserviceaccount.com";
const audiences = { "its own": undefined, custom: "https://api.example.com", foreign: "https://else.example" };

/** What whoever asks may read: every policy and what is in custom roles; policies alone; only what is the service's own, with or without Policy Analyzer. */
type Sees = "all" | "policies" | "analysed" | "own";

interface RandomCase {
  readonly world: NaiveWorld;
  readonly call: NaiveCall;
  readonly sees: Sees;
}

const often = <T>(usual: T, other: T): fc.Arbitrary<T> =>
  fc.oneof({ weight: 7, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constant(other) });

const randomCase: fc.Arbitrary<RandomCase> = fc.record({
  world: fc.record({
    levels: fc.tuple(level, level, level, level),
    groups,
    nowMs: instant,
    accounts: fc.record({ [invoker]: accountBindings, [middleAccount]: accountBindings }).map((accounts) => ({
      ...accounts,
      [invoker]: (accounts[invoker] ?? []).map((binding, index) =>
        index === 0 ? { ...binding, members: [...binding.members, middleAccount] } : binding,
      ),
    })),
    hasCustomAudience: fc.boolean(),
    isInternal: often(false, true),
    isOpen: often(false, true),
  }),
  call: fc.record({
    self: fc.constant(dev),
    chain: fc.constantFrom([], [], [invoker], [invoker], [middleAccount, invoker]),
    audience: fc.constantFrom("its own" as const, "its own" as const, "custom" as const, "foreign" as const),
  }),
  sees: fc.oneof(
    { weight: 6, arbitrary: fc.constant("all" as const) },
    fc.constantFrom("policies" as const, "analysed" as const, "own" as const),
  ),
});

function worldOf({ levels: [own, project, inner, organization], ...naive }: NaiveWorld, sees: Sees): World {
  const above = toNode(organization);
  const role = sees === "all" ? "roles/iam.securityReviewer" : `organizations/${organizationId}/roles/reader`;
  const readers = {
    all: [{ role, members: [dev] }],
    policies: [{ role, members: [dev] }],
    analysed: ["roles/cloudasset.viewer", customRole("role_reader")].map((each) => ({ role: each, members: [dev] })),
    own: [],
  };
  const includedPermissions = [...permissionsOf("roles/iam.securityReviewer")].filter(
    (each) => each !== "iam.roles.get",
  );
  const looker = { role: "roles/run.viewer", members: [dev] };
  const world = acmeWorld({
    users: [{ email: "guest@other.example" }],
    groups: Object.entries(naive.groups).map(([group, members]) => ({ email: emailOf(group), members })),
    service: {
      bindings: own.bindings.map(toBinding),
      resourceTags: own.tags,
      ...(naive.hasCustomAudience ? { customAudiences: [audiences.custom] } : {}),
      ...(naive.isInternal ? { ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY" } : {}),
      invokerIamDisabled: naive.isOpen,
    },
    project: toNode(project),
    inner: toNode(inner),
    organization: {
      ...above,
      roles: [
        ...customRoles,
        { id: "reader", includedPermissions },
        { id: "role_reader", includedPermissions: ["iam.roles.get"] },
      ],
      bindings: [...(above.bindings ?? []), looker, ...readers[sees]],
    },
  });
  const serviceAccounts = Object.entries(naive.accounts).map(([member, bindings]) => ({
    id: emailOf(member).slice(0, emailOf(member).indexOf("@")),
    project: "demo-project",
    bindings: bindings.map(toBinding),
  }));
  return { ...world, serviceAccounts };
}

function emailOf(member: string): string {
  return member.slice(member.indexOf(":") + 1);
}

/**
 * What nobody can know for sure who only reads policies: tags of resources, who is in no group, which accounts are in a set, and
 * what is not shown.
 */
function holdsRiddles(world: NaiveWorld, sees: Sees): boolean {
  const riddles = /"group:|"kind":"(?:tag|hasTag)"|"all(?:Authenticated)?Users"/;
  // Whoever may not look into custom roles reads the policies by one.
  return sees !== "all" || riddles.test(JSON.stringify([world.levels, world.accounts]));
}

/** The gate's own answer about IAM alone. */
function gateLetsIn({ state }: GoogleInProcess, caller: string | undefined, nowMs: number): boolean {
  const view = createGateView(state);
  const email = caller === undefined ? "" : emailOf(caller);
  const subject = state.findUser(email)?.subject ?? state.findAccount(email)?.uniqueId ?? "";
  const principal = view.principalBySubject(subject);
  const levels = view.policiesOf(formatServiceName(name));
  const standing = findStanding({ levels, principal, groups: view.groupsOf(email), permission: invokePermission });
  return decideAccess(standing, nowMs).outcome === "allowed";
}

/** The world after grants, as the naive evaluator has it. */
function withGrants(world: NaiveWorld, grants: readonly GrantRequest[]): NaiveWorld {
  const [own, ...above] = world.levels;
  const of = (isMeant: (grant: GrantRequest) => boolean): NaiveWorld["levels"][0]["bindings"] =>
    grants.filter(isMeant).map(({ role, members }) => ({ role, members }));
  const accounts = Object.entries(world.accounts).map(([member, bindings]) => [
    member,
    [...bindings, ...of(({ resource }) => resource.kind === "account" && resource.email === emailOf(member))],
  ]);
  return {
    ...world,
    levels: [{ ...own, bindings: [...own.bindings, ...of(({ resource }) => resource.kind === "service")] }, ...above],
    accounts: Object.fromEntries(accounts) as NaiveWorld["accounts"],
  };
}

function causeOf(world: NaiveWorld, call: NaiveCall): Link | undefined {
  const { isServed, mints, fits } = fateOf(world, call);
  if (isServed) return undefined;
  if (world.isInternal) return "ingress";
  if (!mints) return call.chain.length === 0 ? "token" : "impersonation";
  return fits ? "policy" : "audience";
}

const found = ({ findings }: Diagnosis, link: Link): string | undefined =>
  findings.find((finding) => finding.link === link)?.outcome;

function judgeDiagnosis(diagnosis: Diagnosis, { world, call, sees }: RandomCase): void {
  const cause = causeOf(world, call);
  const { mints, fits, mayCall } = fateOf(world, call);
  const isRiddle = holdsRiddles(world, sees);
  const text = JSON.stringify(diagnosis, undefined, 1);
  // Deny policies that nobody can see may take what is given; that is said.
  const isHedged = /unless a deny policy takes it/.test(text);

  const policy = world.isOpen ? "not applicable" : found(diagnosis, "policy");
  assert.ok(
    diagnosis.cause === cause || (cause === "policy" && diagnosis.cause === "call" && policy !== "failed"),
    text,
  );
  if (policy === "unknown") assert.ok(isRiddle, `nothing is hidden, yet it is unknown: ${text}`);
  else if (policy === "passed") assert.ok(mayCall || isHedged, text);
  else if (policy === "failed") assert.ok(!mayCall, text);
  if (call.chain.length > 0) assert.equal(found(diagnosis, "impersonation") === "passed", mints, text);
  if (mints) assert.equal(found(diagnosis, "audience") === "passed", fits, text);
  if (found(diagnosis, "propagation") === "failed") assert.fail(`nothing is late here: ${text}`);

  const grants = diagnosis.repair?.grants ?? [];
  if (grants.length === 0) return;
  // A step of a chain of which nothing is known may be missing too; that is said.
  const isStepUnknown = diagnosis.findings.some(
    ({ link, besides }) => link === "impersonation" && besides !== undefined,
  );
  const isCured = (given: readonly GrantRequest[]): boolean => {
    const next = causeOf(withGrants(world, given), call);
    return !(next === "impersonation" && !isStepUnknown) && !(next === "policy" && policy !== "unknown" && !isHedged);
  };
  assert.ok(isCured(grants), `the grants do not suffice: ${text}`);
  for (const one of grants) {
    const others = grants.filter((grant) => grant !== one);
    const isInTheWay = fateOf(withGrants(world, others), call);
    assert.ok(!isInTheWay.mints || !isInTheWay.mayCall, `${resourceName(one.resource)} needs none: ${text}`);
  }
}

test("doctor, access, the gate and a naive evaluator agree about who may call, why not, and what repairs it", async () => {
  const causes: Record<string, number> = {};
  const answers = { yes: 0, no: 0, unknown: 0 };
  let told = 0;
  let analysed = 0;
  let grants = 0;
  const property = fc.asyncProperty(randomCase, async (random) => {
    const { world, call, sees } = random;
    const google = createGoogleInProcess(worldOf(world, sees), world.nowMs);
    const { context, credential, accessToken } = await google.logIn(emailOf(dev));

    const [own, ...above] = world.levels;
    for (const caller of callers) {
      const naive = mayInvoke(
        caller === undefined ? {} : { member: caller },
        [{ ...own, denials: [] }, ...above],
        world.groups,
        world.nowMs,
      );
      assert.equal(gateLetsIn(google, caller, world.nowMs), naive, caller);
    }

    const access = await listAccess(context, { kind: "service", name }, accessToken, world.isOpen);
    const readGroups = createGroupReader(context, accessToken, name.project);
    const { ask } = createTroubleshooter(context, accessToken, name.project);
    if (access.analyzed.length > 0) analysed += 1;
    for (const caller of callers) {
      const { answer, unless, effective } = await whetherCanCall(
        context,
        access,
        caller ?? "allUsers",
        readGroups,
        ask,
      );
      if (unless.length > 0) assert.equal(answer, "yes");
      else if (answer === "unknown") assert.ok(holdsRiddles(world, sees), "nothing is hidden, yet it is unknown");
      else assert.equal(answer === "yes", canGetIn(world, caller), caller);
      answers[answer] += 1;
      if (effective.source !== undefined) told += 1;
    }

    const diagnosis = await diagnose(context, {
      target: { kind: "service", service: name.service, path: "" },
      project: name.project,
      region: name.region,
      impersonate: call.chain.length === 0 ? undefined : call.chain.map(emailOf),
      audience: audiences[call.audience],
      credential: async () => credential,
      accessToken: async () => accessToken,
      self: async () => dev,
    });
    judgeDiagnosis(diagnosis, random);
    const cause = diagnosis.cause ?? "none";
    causes[cause] = (causes[cause] ?? 0) + 1;
    grants += diagnosis.repair?.grants.length ?? 0;
  });
  const numRuns = volume({ full: 2000, share: 600 });
  await fc.assert(property, { numRuns });
  const said = JSON.stringify({ causes, answers, told, analysed, grants });
  const isRich =
    ["none", "ingress", "impersonation", "token", "audience", "policy", "call"].every((cause) => causes[cause]) &&
    [answers.yes, answers.no, told].every((count) => count > numRuns / 4) &&
    analysed > numRuns / 100 &&
    grants > numRuns / 20;
  assert.ok(isRich, `${said}: the property says little`);
});
