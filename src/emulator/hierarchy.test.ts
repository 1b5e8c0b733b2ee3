import assert from "node:assert/strict";
import { test } from "node:test";
import { acmeWorld, innerFolderId, organizationId, outerFolderId } from "../../test/support/acme-world.ts";
import { createApiClient, messageOf } from "../../test/support/api-client.ts";
import type { ApiClient } from "../../test/support/api-client.ts";
import { loadConditions } from "../gate/condition.ts";
import { findPrincipal, holds } from "./api/caller.ts";
import { createState } from "./state/create-state.ts";
import { defaultWorld } from "./world/world.ts";

const service = "run.googleapis.com/v2/projects/demo-project/locations/us-central1/services/my-service";
const manager = "cloudresourcemanager.googleapis.com";
const role = "roles/run.invoker";

const serviceName = service.slice("run.googleapis.com/v2/".length);

function mayInvoke({ state }: ApiClient, email: string): boolean {
  const subject = state.findUser(email)?.subject ?? state.findAccount(email)?.uniqueId ?? "";
  const principal = findPrincipal(state, subject);
  return principal !== undefined && holds(state, { principal }, "run.routes.invoke", serviceName);
}

test("a binding on any level above gives what it gives on the service", () => {
  const bindings = [{ role, members: ["user:dev@example.com"] }];
  for (const level of ["organization", "outer", "inner", "project", "service"] as const) {
    assert.equal(mayInvoke(createApiClient(acmeWorld({ [level]: { bindings } })), "dev@example.com"), true, level);
  }
  assert.equal(mayInvoke(createApiClient(acmeWorld({})), "dev@example.com"), false);
});

test("members by domain, by group in a group, by customer and by place of the account (a guess: customer-of-account)", () => {
  const groups = [
    { email: "all@example.com", members: ["group:team@example.com"] },
    { email: "team@example.com", members: ["user:dev@example.com", "group:all@example.com"] },
  ];
  const invoker = "invoker@demo-project.iam.gserviceaccount.com";
  const forms: readonly [member: string, email: string][] = [
    ["domain:EXAMPLE.com", "dev@example.com"],
    ["group:all@example.com", "dev@example.com"],
    ["principalSet://goog/cloudIdentityCustomerId/C01acme", "dev@example.com"],
    [`principalSet://${manager}/projects/123456789012/type/ServiceAccount`, invoker],
    [`principalSet://${manager}/folders/${outerFolderId}/type/ServiceAccount`, invoker],
    [`principalSet://${manager}/organizations/${organizationId}/type/ServiceAccount`, invoker],
  ];
  for (const [member, email] of forms) {
    const client = createApiClient(acmeWorld({ groups, service: { bindings: [{ role, members: [member] }] } }));
    assert.equal(mayInvoke(client, email), true, member);
    assert.equal(mayInvoke(client, email === invoker ? "dev@example.com" : invoker), false, member);
  }
});

test("tags come from the nearest level", async () => {
  const condition = { title: "prod", expression: `resource.matchTag("${organizationId}/env", "prod")` };
  const service2 = { bindings: [{ role, members: ["user:dev@example.com"], condition }] };
  const tags = (value: string): object => ({ resourceTags: { [`${organizationId}/env`]: value } });
  await loadConditions();
  const may = (world: Parameters<typeof acmeWorld>[0]): boolean =>
    mayInvoke(createApiClient(acmeWorld({ service: service2, ...world })), "dev@example.com");
  assert.equal(may({}), false);
  assert.equal(may({ organization: tags("prod") }), true);
  assert.equal(may({ organization: tags("prod"), inner: tags("test") }), false);
  assert.equal(may({ organization: tags("test"), service: { ...service2, ...tags("prod") } }), true);
});

test("Resource Manager shows the way up, and the policies on it", async () => {
  const bindings = [{ role: "roles/resourcemanager.organizationAdmin", members: ["user:admin@example.com"] }];
  const client = createApiClient(acmeWorld({ organization: { bindings } }));
  const call = client.as("admin@example.com");
  const ancestry = await call(`POST ${manager}/v1/projects/demo-project:getAncestry`);
  assert.deepEqual(ancestry.body, {
    ancestor: [
      { resourceId: { type: "project", id: "demo-project" } },
      { resourceId: { type: "folder", id: innerFolderId } },
      { resourceId: { type: "folder", id: outerFolderId } },
      { resourceId: { type: "organization", id: organizationId } },
    ],
  });
  const shown = await Promise.all(
    [
      `GET ${manager}/v1/projects/demo-project`,
      `GET ${manager}/v3/projects/demo-project`,
      `GET ${manager}/v3/folders/${innerFolderId}`,
      `GET ${manager}/v3/folders?parent=folders/${outerFolderId}`,
      `GET ${manager}/v1/organizations/${organizationId}`,
      `POST ${manager}/v1/organizations:search`,
    ].map((route) => call(route)),
  );
  assert.deepEqual(
    shown.map(({ status }) => status),
    Array(6).fill(200),
  );
  const [v1, v3, folder, folders] = shown.map(({ body }) => body as Record<string, unknown>);
  assert.deepEqual(v1?.["parent"], { type: "folder", id: innerFolderId });
  assert.equal(v3?.["parent"], `folders/${innerFolderId}`);
  assert.equal(folder?.["parent"], `folders/${outerFolderId}`);
  assert.deepEqual(folders?.["folders"], [folder]);

  const policy = { bindings: [{ role, members: ["user:dev@example.com"] }] };
  const written = await call(`POST ${manager}/v3/folders/${outerFolderId}:setIamPolicy`, { policy });
  assert.equal(written.status, 200);
  assert.equal(mayInvoke(client, "dev@example.com"), true);
  const foreign = await client.as("dev@example.com")(`POST ${manager}/v3/folders/${outerFolderId}:getIamPolicy`);
  assert.equal(foreign.status, 403);
});

test("domain-restricted sharing refuses members of other customers, and leaves those that are there (a guess: sharing-of-present-members)", async () => {
  const foreign = "user:guest@other.example";
  const client = createApiClient(
    acmeWorld({
      users: [{ email: "guest@other.example" }, { email: "second@other.example" }],
      organization: { allowedPolicyMemberDomains: ["C01acme"] },
      service: { bindings: [{ role, members: [foreign] }] },
    }),
  );
  const call = client.as("admin@example.com");
  const write = (members: string[]): ReturnType<typeof call> =>
    call(`POST ${service}:setIamPolicy`, { policy: { bindings: [{ role, members }] } });
  const allowed = [foreign, "user:dev@example.com", "serviceAccount:invoker@demo-project.iam.gserviceaccount.com"];
  assert.equal((await write(allowed)).status, 200);
  for (const member of ["user:second@other.example", "domain:other.example", "allUsers", "allAuthenticatedUsers"]) {
    const answer = await write([...allowed, member]);
    assert.equal(answer.status, 400);
    assert.equal((answer.body as { error: { status: string } }).error.status, "FAILED_PRECONDITION");
    assert.match(messageOf(answer), /^One or more users named in the policy do not belong to a permitted customer,/);
  }
});

test("the managed constraint names members and sets, and both constraints must agree (a guess: managed-constraint-text)", async () => {
  const organization = { allowedPolicyMembers: ["user:dev@example.com", `//${manager}/projects/123456789012`] };
  const client = createApiClient(acmeWorld({ organization }));
  const call = client.as("admin@example.com");
  const write = (member: string): ReturnType<typeof call> =>
    call(`POST ${service}:setIamPolicy`, { policy: { bindings: [{ role, members: [member] }] } });
  assert.equal((await write("user:dev@example.com")).status, 200);
  assert.equal((await write("serviceAccount:invoker@demo-project.iam.gserviceaccount.com")).status, 200);
  const refused = await write("user:admin@example.com");
  assert.match(messageOf(refused), /iam\.managed\.allowedPolicyMembers/);
});

test("an account that is deleted leaves its bindings, and has them again when it comes back", async () => {
  const invoker = "invoker@demo-project.iam.gserviceaccount.com";
  const client = createApiClient(
    acmeWorld({ inner: { bindings: [{ role, members: [`serviceAccount:${invoker}`] }] } }),
  );
  const call = client.as("admin@example.com");
  const accounts = "iam.googleapis.com/v1/projects/demo-project/serviceAccounts";
  const { uniqueId } = (await call(`GET ${accounts}/${invoker}`)).body as { uniqueId: string };
  assert.equal(mayInvoke(client, invoker), true);
  await call(`DELETE ${accounts}/${invoker}`);
  await call(`POST ${accounts}`, { accountId: "invoker" });
  assert.equal(mayInvoke(client, invoker), false);
  await call(`DELETE ${accounts}/${invoker}`);
  assert.equal((await call(`POST ${accounts}/${uniqueId}:undelete`)).status, 200);
  assert.equal(mayInvoke(client, invoker), true);
});

test("members of a project's basic roles are no members of a Cloud Run policy", async () => {
  const call = createApiClient().as("admin@example.com");
  for (const member of ["projectOwner:demo-project", "projectEditor:demo-project", "projectViewer:demo-project"]) {
    const answer = await call(`POST ${service}:setIamPolicy`, { policy: { bindings: [{ role, members: [member] }] } });
    assert.equal(answer.status, 400);
    assert.match(messageOf(answer), /of an unknown type/);
  }
});

test("a world whose hierarchy contradicts itself is refused", () => {
  const clock = { nowMs: () => 0 };
  const worlds: readonly [Parameters<typeof acmeWorld>[0], RegExp][] = [
    [{ project: { parent: "folders/9" } }, /project demo-project is in folders\/9, which the world does not have/],
    [{ outer: { parent: `folders/${innerFolderId}` } }, /which is in itself/],
    [{ inner: { id: outerFolderId } }, /one number/],
    [{ project: { resourceTags: { env: "prod" } } }, /no tag key/],
    [{ project: { denyPolicies: [{ id: "no", rules: [] }] } }, /deny policy's id/],
    [{ project: { denyPolicies: [{ id: "none", rules: [{}] }] } }, /deny policy none: /],
  ];
  for (const [levels, message] of worlds) assert.throws(() => createState(acmeWorld(levels), clock), { message });
  assert.doesNotThrow(() => createState(defaultWorld, clock));
});
