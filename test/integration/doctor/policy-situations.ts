import type { World } from "../../../src/emulator/world/world.ts";
import { callAs } from "../../contract/fixture.ts";
import type { Subject } from "../../contract/fixture.ts";
import { dev, has, invoker, denying, mayCall, reader, viewer, when, worldOf } from "./worlds.ts";
import type { PlainBinding, Situation } from "./worlds.ts";

const orgPolicyViewer = has("roles/orgpolicy.policyViewer", dev);
const everyone = "principalSet://goog/public:all";
const tagged = 'resource.matchTag("demo-project/open", "yes")';

const customRole = "projects/demo-project/roles/caller";

/** A project with a custom role, which the developer has on the service. */
function customRoleWith(
  includedPermissions: readonly string[],
  stage: "GA" | "DISABLED" = "GA",
  ...more: readonly PlainBinding[]
): World {
  return worldOf({
    service: { bindings: [has(customRole, dev)] },
    project: { bindings: [reader, viewer, ...more], roles: [{ id: "caller", includedPermissions, stage }] },
  });
}

/** What policies say, and what else they depend on. */
export const policySituations: Readonly<Record<string, Situation>> = {
  "no role at all": { cause: "policy", exitCode: 4, grants: [[invoker, dev]] },
  "a role that reads but does not invoke": {
    world: worldOf({ service: { bindings: [has("roles/run.viewer", dev)] } }),
    cause: "policy",
    exitCode: 4,
    grants: [[invoker, dev]],
  },
  "a role of somebody else": {
    world: worldOf({ service: { bindings: [has(invoker, "user:admin@example.com")] } }),
    cause: "policy",
    exitCode: 4,
    grants: [[invoker, dev]],
  },
  "a binding that has ended": {
    world: worldOf({
      service: {
        bindings: [{ ...has(invoker, dev), condition: when('request.time < timestamp("2020-01-01T00:00:00Z")') }],
      },
    }),
    cause: "policy",
    exitCode: 4,
    verdict: /condition does not hold now/,
    grants: [[invoker, dev]],
  },
  "a binding that has not begun": {
    world: worldOf({
      service: {
        bindings: [{ ...has(invoker, dev), condition: when('request.time > timestamp("2120-01-01T00:00:00Z")') }],
      },
    }),
    cause: "policy",
    exitCode: 4,
    grants: [[invoker, dev]],
  },
  "a condition on what Cloud Run does not provide": {
    world: worldOf({ service: { bindings: [{ ...has(invoker, dev), condition: when('resource.name == "x"') }] } }),
    cause: "policy",
    exitCode: 4,
    grants: [[invoker, dev]],
  },
  "a binding of the domain of others": {
    world: worldOf({ service: { bindings: [has(invoker, "domain:other.example")] } }),
    cause: "policy",
    exitCode: 4,
    grants: [[invoker, dev]],
  },
  "a deny policy of the project": {
    world: worldOf({
      ...mayCall,
      project: { bindings: [reader, viewer], ...denying("principal://goog/subject/dev@example.com") },
    }),
    cause: "policy",
    exitCode: 4,
    verdict: /no-calls on projects\/demo-project denies/,
  },
  "a deny policy of the organisation": {
    world: worldOf({ ...mayCall, organization: denying(everyone) }),
    cause: "policy",
    exitCode: 4,
    verdict: /denies run\.routes\.invoke to principalSet/,
  },
  "a deny policy of a folder": {
    world: worldOf({ ...mayCall, inner: denying(everyone) }),
    cause: "policy",
    exitCode: 4,
    verdict: /on folders\/\d+ denies/,
  },
  "an exception to a deny policy": {
    world: worldOf({ ...mayCall, organization: denying(everyone, ["principal://goog/subject/dev@example.com"]) }),
    cause: undefined,
    exitCode: 0,
  },
  "a group that one is not in": {
    world: worldOf({
      service: { bindings: [has(invoker, "group:team@example.com")] },
      groups: [{ email: "team@example.com", members: [] }],
    }),
    cause: "policy",
    exitCode: 4,
    verdict: /no binding .* gives run\.routes\.invoke to .* \(Policy Troubleshooter says so\)/,
    grants: [[invoker, dev]],
  },
  "a group whose members one may not see": {
    world: worldOf({
      service: { bindings: [has(invoker, "group:them@else.example")] },
      groups: [{ email: "them@else.example", members: [] }],
    }),
    cause: "call",
    exitCode: 7,
    verdict: /most likely for want of run\.routes\.invoke/,
    grants: [[invoker, dev]],
  },
  "a condition on a tag that the service does not have": {
    world: worldOf({ service: { bindings: [{ ...has(invoker, dev), condition: when(tagged) }] } }),
    cause: "policy",
    exitCode: 4,
    verdict: /Policy Troubleshooter says so/,
    grants: [[invoker, dev]],
  },
  "a condition on a tag that the service has": {
    world: worldOf({
      service: { bindings: [{ ...has(invoker, dev), condition: when(tagged) }] },
      project: { bindings: [reader, viewer], resourceTags: { "demo-project/open": "yes" } },
    }),
    cause: undefined,
    exitCode: 0,
  },
  "a group that one is in": {
    world: worldOf({
      service: { bindings: [has(invoker, "group:team@example.com")] },
      groups: [{ email: "team@example.com", members: [dev] }],
    }),
    cause: undefined,
    exitCode: 0,
  },
  "a custom role that does not invoke": {
    world: customRoleWith(["run.services.get"]),
    cause: "policy",
    exitCode: 4,
    verdict: /no binding on my-service or above gives run\.routes\.invoke/,
    grants: [[invoker, dev]],
  },
  "a custom role that is disabled": {
    world: customRoleWith(["run.routes.invoke"], "DISABLED"),
    cause: "policy",
    exitCode: 4,
    grants: [[invoker, dev]],
  },
  "a custom role that was deleted": {
    world: customRoleWith(["run.routes.invoke"], "GA", has("roles/iam.roleAdmin", "user:admin@example.com")),
    before: (line) => callAs(line as unknown as Subject, "admin@example.com", "DELETE", `/v1/${customRole}`),
    cause: "policy",
    exitCode: 4,
    grants: [[invoker, dev]],
  },
  "a custom role that invokes": {
    world: customRoleWith(["run.routes.invoke"]),
    cause: undefined,
    exitCode: 0,
  },
  "a custom role that one may not look into": {
    world: worldOf({
      service: { bindings: [has(customRole, dev), reader] },
      project: { bindings: [viewer], roles: [{ id: "caller", includedPermissions: [] }] },
      organization: { bindings: [] },
    }),
    cause: "call",
    exitCode: 7,
    verdict: /most likely for want of run\.routes\.invoke/,
    grants: [[invoker, dev]],
  },
  "policies that one may not read": {
    world: worldOf({
      service: { bindings: [reader] },
      project: { bindings: [viewer] },
      organization: { bindings: [] },
    }),
    cause: "call",
    exitCode: 7,
    grants: [[invoker, dev]],
  },
  "a role on the project": {
    world: worldOf({ project: { bindings: [reader, viewer, has(invoker, dev)] } }),
    cause: undefined,
    exitCode: 0,
  },
  "a role on the folder": {
    world: worldOf({ outer: { bindings: [has("roles/run.admin", dev)] } }),
    cause: undefined,
    exitCode: 0,
  },
  "everybody may": {
    world: worldOf({ service: { bindings: [has(invoker, "allUsers")] } }),
    cause: undefined,
    exitCode: 0,
  },
  "everybody signed in may": {
    world: worldOf({ service: { bindings: [has(invoker, "allAuthenticatedUsers")] } }),
    cause: undefined,
    exitCode: 0,
  },
  "no invoker check": { world: worldOf({ service: { invokerIamDisabled: true } }), cause: undefined, exitCode: 0 },
  "a role of everybody that a deny policy takes": {
    world: worldOf({
      service: { bindings: [has(invoker, "allAuthenticatedUsers")] },
      organization: denying("principal://goog/subject/dev@example.com"),
    }),
    cause: "policy",
    exitCode: 4,
    verdict: /denies/,
  },
  "a deny policy for a group that one is in": {
    world: worldOf({
      ...mayCall,
      project: { bindings: [reader, viewer], ...denying("principalSet://goog/group/team@example.com") },
      groups: [{ email: "team@example.com", members: [dev] }],
    }),
    cause: "policy",
    exitCode: 4,
    verdict: /denies/,
  },
  "a deny policy for a group that one may not look into": {
    world: worldOf({
      ...mayCall,
      project: { bindings: [reader, viewer], ...denying("principalSet://goog/group/them@else.example") },
      groups: [{ email: "them@else.example", members: ["user:other@else.example"] }],
    }),
    cause: undefined,
    exitCode: 0,
  },
  "an organisation policy that lets the member in": {
    world: worldOf({
      project: { bindings: [reader, viewer, orgPolicyViewer], allowedPolicyMemberDomains: ["C01acme"] },
    }),
    cause: "policy",
    exitCode: 4,
    grants: [[invoker, dev]],
  },
  "an organisation policy in the way of the grant": {
    world: worldOf({
      project: { bindings: [reader, viewer, orgPolicyViewer], allowedPolicyMemberDomains: ["C0other"] },
    }),
    cause: "policy",
    exitCode: 4,
    verdict: /iam\.allowedPolicyMemberDomains lets only members of C0other into policies/,
  },
  "a managed organisation policy in the way": {
    world: worldOf({
      project: { bindings: [reader, viewer, orgPolicyViewer], allowedPolicyMembers: ["user:admin@example.com"] },
    }),
    cause: "policy",
    exitCode: 4,
    verdict: /iam\.managed\.allowedPolicyMembers does not let user:dev@example\.com/,
  },
  "a revoke that has not arrived": {
    world: { ...worldOf(mayCall), trouble: { propagationSeconds: 300 } },
    before: (line) => line.runpass(["revoke", "my-service"]),
    cause: undefined,
    exitCode: 0,
  },
};
