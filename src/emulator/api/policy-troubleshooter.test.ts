import assert from "node:assert/strict";
import { before, test } from "node:test";
import { acmeWorld } from "../../../test/support/acme-world.ts";
import { createApiClient } from "../../../test/support/api-client.ts";
import { loadConditions } from "../../gate/condition.ts";
import type { TroubleshootAnswer } from "../../google/policy-troubleshooter.ts";
import type { World } from "../world/world.ts";

before(loadConditions);

const fullResourceName = "//run.googleapis.com/projects/demo-project/locations/us-central1/services/my-service";
const admin = "user:admin@example.com";
const dev = "user:dev@example.com";
const reviewer = { role: "roles/iam.securityReviewer", members: [admin] };
const ask = { principal: "dev@example.com", permission: "run.routes.invoke", fullResourceName };
const at = (receiveTime: string): object => ({ conditionContext: { request: { receiveTime } } });

async function troubleshoot(
  levels: Parameters<typeof acmeWorld>[0],
  more: object = {},
  asker = "admin@example.com",
): Promise<TroubleshootAnswer> {
  const organization = { bindings: [reviewer], ...levels.organization };
  const world: World = acmeWorld({ project: { bindings: [] }, ...levels, organization });
  const tuple = { accessTuple: { ...ask, ...more } };
  const { status, body } = await createApiClient(world).as(asker)(
    "POST policytroubleshooter.googleapis.com/v3/iam:troubleshoot",
    tuple,
  );
  assert.equal(status, 200, JSON.stringify(body));
  return body as TroubleshootAnswer;
}

const bound = (member: string, expression?: string): Parameters<typeof acmeWorld>[0] => ({
  service: {
    bindings: [
      {
        role: "roles/run.invoker",
        members: [member],
        ...(expression === undefined ? {} : { condition: { title: "t", expression } }),
      },
    ],
  },
});

test("Policy Troubleshooter says who has what, with the binding that makes it so", async () => {
  const answer = await troubleshoot({ project: { bindings: [{ role: "roles/run.admin", members: [dev] }] } });
  assert.equal(answer.overallAccessState, "CAN_ACCESS");
  assert.equal(answer.accessTuple.permissionFqdn, "run.googleapis.com/routes.invoke");
  const granting = answer.allowPolicyExplanation?.explainedPolicies?.filter(
    ({ allowAccessState }) => allowAccessState.endsWith("_GRANTED") && !allowAccessState.endsWith("_NOT_GRANTED"),
  );
  assert.deepEqual(
    granting?.map(({ fullResourceName: name, bindingExplanations }) => [name, bindingExplanations?.[0]?.memberships]),
    [["//cloudresourcemanager.googleapis.com/projects/demo-project", { [dev]: { membership: "MEMBERSHIP_MATCHED" } }]],
  );
  assert.equal((await troubleshoot({})).overallAccessState, "CANNOT_ACCESS");
  const byNumber = fullResourceName.replace("demo-project", "123456789012");
  const other = { fullResourceName: byNumber, permission: "run.googleapis.com/routes.invoke" };
  assert.equal((await troubleshoot(bound(dev), other)).overallAccessState, "CAN_ACCESS");
});

test("conditions count at the time that is given, and by the resource's tags", async () => {
  const until = 'request.time < timestamp("2027-01-01T00:00:00Z")';
  const state = async (expression: string, more?: object, tags = {}): Promise<string> =>
    (await troubleshoot({ ...bound(dev, expression), inner: { resourceTags: tags } }, more)).overallAccessState;
  assert.equal(await state(until, at("2026-12-31T23:59:59Z")), "CAN_ACCESS");
  assert.equal(await state(until, at("2027-01-01T00:00:00Z")), "CANNOT_ACCESS");
  assert.equal(await state(until), "UNKNOWN_CONDITIONAL");
  const tagged = 'resource.matchTag("1000000000001/env", "test")';
  assert.equal(await state(tagged, {}, { "1000000000001/env": "test" }), "CAN_ACCESS");
  assert.equal(await state(tagged), "CANNOT_ACCESS");
});

test("deny policies come first, and are named", async () => {
  const rules = [
    {
      denyRule: {
        deniedPrincipals: ["principal://goog/subject/dev@example.com"],
        deniedPermissions: ["run.googleapis.com/routes.invoke"],
      },
    },
  ];
  const levels = { ...bound(dev), outer: { denyPolicies: [{ id: "no-calls", rules }] } };
  const answer = await troubleshoot(levels);
  assert.equal(answer.overallAccessState, "CANNOT_ACCESS");
  assert.equal(answer.denyPolicyExplanation?.denyAccessState, "DENY_ACCESS_STATE_DENIED");
  const denying = answer.denyPolicyExplanation?.explainedResources?.flatMap(({ explainedPolicies = [] }) =>
    explainedPolicies.map(({ policy }) => policy?.name.split("/").at(-1)),
  );
  assert.deepEqual(denying, ["no-calls"]);
});

test("what the caller may not look into is unknown, unless it makes no difference (a guess: troubleshooter-view)", async () => {
  const hidden = {
    organization: { bindings: [] },
    project: { bindings: [{ role: "roles/run.viewer", members: [dev] }] },
  };
  const blind = await troubleshoot(hidden, {}, "dev@example.com");
  assert.equal(blind.overallAccessState, "UNKNOWN_INFO");
  assert.deepEqual(blind.allowPolicyExplanation?.explainedPolicies?.at(-1), {
    allowAccessState: "ALLOW_ACCESS_STATE_UNKNOWN_INFO",
  });
  const groups = [{ email: "them@else.example", members: [dev] }];
  const group = await troubleshoot({ ...bound("group:them@else.example"), groups });
  assert.equal(group.overallAccessState, "UNKNOWN_INFO");
  const useless = bound("group:them@else.example", 'request.time < timestamp("2020-01-01T00:00:00Z")');
  const ended = await troubleshoot({ ...useless, groups }, at("2026-11-25T00:00:00Z"));
  assert.equal(ended.overallAccessState, "CANNOT_ACCESS");
  const rules = (deniedPrincipals: string[], exceptionPrincipals: string[]): object[] => [
    { denyRule: { deniedPrincipals, exceptionPrincipals, deniedPermissions: ["run.googleapis.com/routes.invoke"] } },
  ];
  const theirs = "principalSet://goog/group/them@else.example";
  for (const [denied, excepted, expected] of [
    [[theirs], [], "UNKNOWN_INFO"],
    [["principalSet://goog/public:all"], [theirs], "UNKNOWN_INFO"],
    [[theirs], ["principal://goog/subject/dev@example.com"], "CAN_ACCESS"],
  ] as const) {
    const denyPolicies = [{ id: "some", rules: rules([...denied], [...excepted]) }];
    const answer = await troubleshoot({ ...bound(dev), inner: { denyPolicies }, groups });
    assert.equal(answer.overallAccessState, expected, JSON.stringify([denied, excepted]));
  }
});

test("what is no question is refused", async () => {
  const as = createApiClient().as("dev@example.com");
  for (const wrong of [{ principal: "nobody" }, { permission: "invoke" }, { fullResourceName: "my-service" }]) {
    const tuple = { accessTuple: { ...ask, ...wrong } };
    assert.equal((await as("POST policytroubleshooter.googleapis.com/v3/iam:troubleshoot", tuple)).status, 400);
  }
});
