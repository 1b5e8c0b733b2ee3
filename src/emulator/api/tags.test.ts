import assert from "node:assert/strict";
import { test } from "node:test";
import { acmeWorld, organizationId } from "../../../test/support/acme-world.ts";
import { createApiClient } from "../../../test/support/api-client.ts";

const host = "cloudresourcemanager.googleapis.com/v3";
const regional = "us-central1-cloudresourcemanager.googleapis.com/v3";
const service = "//run.googleapis.com/projects/demo-project/locations/us-central1/services/my-service";

interface Operation {
  readonly response: { readonly name: string; readonly namespacedName: string; readonly parent: string };
}

test("an owner makes a tag, binds it, sees it inherited, and takes it all away in order (a guess: tag-permissions)", async () => {
  const as = createApiClient().as("admin@example.com");
  const made = async (route: string, body: object): Promise<Operation["response"]> =>
    ((await as(route, body)).body as Operation).response;
  const key = await made(`POST ${host}/tagKeys`, { parent: "projects/demo-project", shortName: "access" });
  assert.equal(key.namespacedName, "demo-project/access");
  assert.equal(key.parent, "projects/123456789012");
  const [open, locked] = [
    await made(`POST ${host}/tagValues`, { parent: key.name, shortName: "open" }),
    await made(`POST ${host}/tagValues`, { parent: key.name, shortName: "locked" }),
  ];
  assert.equal((await as(`POST ${host}/tagValues`, { parent: key.name, shortName: "open" })).status, 409);
  const project = "//cloudresourcemanager.googleapis.com/projects/123456789012";
  await as(`POST ${host}/tagBindings`, { parent: project, tagValueNamespacedName: "demo-project/access/open" });
  const effective = async (): Promise<unknown> =>
    (
      (await as(`GET ${regional}/effectiveTags?parent=${encodeURIComponent(service)}`)).body as {
        effectiveTags: unknown[];
      }
    ).effectiveTags;
  const tag = { tagKey: key.name, namespacedTagKey: "demo-project/access" };
  const inherited = { tagValue: open.name, namespacedTagValue: "demo-project/access/open", ...tag, inherited: true };
  assert.deepEqual(await effective(), [inherited]);
  await as(`POST ${regional}/tagBindings`, { parent: service, tagValue: locked.name });
  assert.equal((await as(`POST ${regional}/tagBindings`, { parent: service, tagValue: open.name })).status, 409);
  assert.deepEqual(await effective(), [
    { tagValue: locked.name, namespacedTagValue: "demo-project/access/locked", ...tag, inherited: false },
  ]);
  assert.equal((await as(`DELETE ${host}/${locked.name}`)).status, 400, "it is bound");
  assert.equal((await as(`DELETE ${host}/${key.name}`)).status, 400, "it has values");
  for (const escaped of [encodeURIComponent(service), encodeURIComponent(encodeURIComponent(service))]) {
    await as(`POST ${regional}/tagBindings`, { parent: service, tagValue: locked.name });
    assert.equal((await as(`DELETE ${regional}/tagBindings/${escaped}/${locked.name}`)).status, 200);
  }
  assert.deepEqual(await effective(), [inherited]);
  await as(`DELETE ${host}/tagBindings/${encodeURIComponent(project)}/${open.name}`);
  for (const { name } of [locked, open, key]) assert.equal((await as(`DELETE ${host}/${name}`)).status, 200);
  assert.deepEqual((await as(`GET ${host}/tagKeys?parent=projects/demo-project`)).body, {});
});

test("the tags of a world are there to be looked at, by who may", async () => {
  const key = `${organizationId}/access`;
  const client = createApiClient(acmeWorld({ service: { resourceTags: { [key]: "locked" } } }));
  const named = `GET ${host}/tagValues/namespaced?name=${encodeURIComponent(`${key}/locked`)}`;
  const hidden = await client.as("admin@example.com")(named);
  assert.equal(hidden.status, 403, "an owner of the project is none of the organisation");
  const tags = await client.as("admin@example.com")(
    `GET ${regional}/tagBindings?parent=${encodeURIComponent(service)}`,
  );
  assert.deepEqual(
    (tags.body as { tagBindings: { tagValueNamespacedName: string }[] }).tagBindings.map(
      (tag) => tag.tagValueNamespacedName,
    ),
    [`${key}/locked`],
  );
  assert.equal((await client.as("dev@example.com")(`GET ${host}/tagKeys?parent=projects/demo-project`)).status, 403);
});
