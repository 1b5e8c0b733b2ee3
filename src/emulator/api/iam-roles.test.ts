import assert from "node:assert/strict";
import { test } from "node:test";
import { createApiClient, messageOf } from "../../../test/support/api-client.ts";
import type { CustomRole } from "../../google/custom-role.ts";
import { defaultWorld } from "../world/world.ts";

const roles = "iam.googleapis.com/v1/projects/demo-project/roles";
const project = "cloudresourcemanager.googleapis.com/v1/projects/demo-project";
const role = { title: "Caller", includedPermissions: ["run.services.get"], stage: "GA" as const };

test("a custom role gives its permissions until it is disabled, deleted, or loses them", async () => {
  const client = createApiClient();
  const as = client.as("admin@example.com");
  await as(`POST ${roles}`, { roleId: "caller", role });
  const invoker = "invoker@demo-project.iam.gserviceaccount.com";
  const bindings = [
    { role: "roles/owner", members: ["user:admin@example.com"] },
    { role: "projects/demo-project/roles/caller", members: [`serviceAccount:${invoker}`] },
  ];
  assert.equal((await as(`POST ${project}:setIamPolicy`, { policy: { bindings } })).status, 200);
  const permissions = ["run.services.get", "run.services.delete"];
  const held = async (): Promise<unknown> =>
    (await client.as(invoker)(`POST ${project}:testIamPermissions`, { permissions })).body;
  assert.deepEqual(await held(), { permissions: ["run.services.get"] });
  await as(`PATCH ${roles}/caller?updateMask=stage`, { stage: "DISABLED" });
  assert.deepEqual(await held(), {});
  await as(`PATCH ${roles}/caller?updateMask=stage,included_permissions`, {
    ...role,
    includedPermissions: permissions,
  });
  assert.deepEqual(await held(), { permissions });
  assert.equal(((await as(`DELETE ${roles}/caller`)).body as CustomRole).deleted, true);
  assert.deepEqual(await held(), {});
  assert.deepEqual((await as(`GET ${roles}`)).body, {});
  const withMore = (member: string): object => ({ ...bindings[1], members: [...bindings[1]!.members, member] });
  const again = await as(`POST ${project}:setIamPolicy`, { policy: { bindings } });
  assert.equal(again.status, 200, "what is bound already stays");
  const more = { bindings: [bindings[0], withMore("user:dev@example.com")] };
  assert.equal((await as(`POST ${project}:setIamPolicy`, { policy: more })).status, 400);
  await as(`POST ${roles}/caller:undelete`, {});
  assert.deepEqual(await held(), { permissions });
});

test("what is taken out of a custom role is late where policies are", async () => {
  const bindings = [
    { role: "roles/owner", members: ["user:admin@example.com"] },
    { role: "projects/demo-project/roles/caller", members: ["user:dev@example.com"] },
  ];
  const projects = defaultWorld.projects.map((each) => ({ ...each, bindings, roles: [{ id: "caller", ...role }] }));
  const client = createApiClient({ ...defaultWorld, projects, trouble: { propagationSeconds: 60 } });
  const held = async (): Promise<unknown> => {
    const asked = { permissions: ["run.services.get"] };
    return (await client.as("dev@example.com")(`POST ${project}:testIamPermissions`, asked)).body;
  };
  await client.as("admin@example.com")(`DELETE ${roles}/caller`);
  assert.deepEqual(await held(), { permissions: ["run.services.get"] });
  client.clock.advanceMs(60_000);
  assert.deepEqual(await held(), {});
});

test("custom roles that cannot be, or may not be written, are refused (a guess: role-texts)", async () => {
  const client = createApiClient();
  const as = client.as("admin@example.com");
  const statusOf = async (roleId: string, more: object = {}): Promise<number> =>
    (await as(`POST ${roles}`, { roleId, role: { ...role, ...more } })).status;
  assert.equal(await statusOf("caller"), 200);
  assert.equal(await statusOf("caller"), 409);
  assert.equal(await statusOf("a-b"), 400);
  assert.equal(await statusOf("other", { includedPermissions: ["everything"] }), 400);
  assert.equal(await statusOf("other", { stage: "SOON" }), 400);
  assert.equal((await as(`GET ${roles}/other`)).status, 404);
  assert.equal((await as(`PATCH ${roles}/caller`, { ...role, etag: "BwUjMhCsNvY=" })).status, 409);
  assert.equal((await client.as("dev@example.com")(`POST ${roles}`, { roleId: "mine", role })).status, 403);
  const policy = { bindings: [{ role: "projects/demo-project/roles/other", members: ["user:dev@example.com"] }] };
  const missing = await as(`POST ${project}:setIamPolicy`, { policy });
  assert.equal(
    messageOf(missing),
    "Role (projects/demo-project/roles/other) does not exist in the resource's hierarchy.",
  );
});

test("Google's own roles can be looked at, as far as they are known", async () => {
  const as = createApiClient().as("dev@example.com");
  const { body } = await as("GET iam.googleapis.com/v1/roles/run.invoker");
  assert.deepEqual((body as CustomRole).includedPermissions, ["run.routes.invoke"]);
  assert.equal((await as("GET iam.googleapis.com/v1/roles/run.nothing")).status, 404);
  const list = (await as("GET iam.googleapis.com/v1/roles?view=FULL")).body as { roles: CustomRole[] };
  const fullResourceName = "//cloudresourcemanager.googleapis.com/projects/demo-project";
  const grantable = await as("POST iam.googleapis.com/v1/roles:queryGrantableRoles", {
    fullResourceName,
    view: "FULL",
  });
  assert.deepEqual(grantable.body, list);
  const admin = list.roles.find(({ name }) => name === "roles/run.admin");
  assert.ok(admin?.includedPermissions?.includes("run.services.setIamPolicy"));
});
