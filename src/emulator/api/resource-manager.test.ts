import assert from "node:assert/strict";
import { test } from "node:test";
import { acmeWorld, innerFolderId } from "../../../test/support/acme-world.ts";
import { createApiClient } from "../../../test/support/api-client.ts";

const host = "cloudresourcemanager.googleapis.com";
const listed = (body: unknown): unknown[] =>
  ((body as { projects?: { projectId: string }[] }).projects ?? []).map(({ projectId }) => projectId);

test("projects are filtered by v1's lists and v3's searches", async () => {
  const call = createApiClient(acmeWorld({})).as("dev@example.com");
  for (const filter of [
    "",
    "id:demo-project",
    "projectId=DEMO*",
    "name:demo* lifecycleState:ACTIVE",
    'displayName:"demo-project" state:ACTIVE',
    `parent.type:folder parent.id:${innerFolderId}`,
    `parent:folders/${innerFolderId}`,
  ]) {
    for (const path of [`v1/projects?filter=`, `v3/projects:search?query=`]) {
      const { status, body } = await call(`GET ${host}/${path}${encodeURIComponent(filter)}`);
      assert.equal(status, 200);
      assert.deepEqual(listed(body), ["demo-project"], `${path}${filter}`);
    }
  }
  for (const filter of ["id:other", "name:demo", "lifecycleState:DELETE_REQUESTED", "labels.env:prod"]) {
    const { body } = await call(`GET ${host}/v1/projects?filter=${filter}`);
    assert.deepEqual(listed(body), [], filter);
  }
});

test("v3 lists what is directly below a folder, to who may", async () => {
  const bindings = [{ role: "roles/resourcemanager.folderViewer", members: ["user:dev@example.com"] }];
  const client = createApiClient(acmeWorld({ inner: { bindings } }));
  const call = client.as("dev@example.com");
  assert.deepEqual(listed((await call(`GET ${host}/v3/projects?parent=folders/${innerFolderId}`)).body), [
    "demo-project",
  ]);
  assert.equal((await call(`GET ${host}/v3/projects`)).status, 400);
  assert.equal(
    (await client.as("admin@example.com")(`GET ${host}/v3/projects?parent=folders/${innerFolderId}`)).status,
    403,
  );
});

test("hosts for clients with a certificate, and those of a region, are the same APIs", async () => {
  const call = createApiClient().as("dev@example.com");
  const services = "v2/projects/demo-project/locations/us-central1/services";
  for (const run of ["run.mtls", "run.us-central1.rep", "us-central1-run"]) {
    assert.equal((await call(`GET ${run}.googleapis.com/${services}`)).status, 200, run);
  }
});
