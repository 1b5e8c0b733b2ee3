import assert from "node:assert/strict";
import { test } from "node:test";
import { createApiClient } from "../../../test/support/api-client.ts";

const services = "serviceusage.googleapis.com/v1/projects/demo-project/services";

test("every API is enabled, and those that are emulated are listed, by pages", async () => {
  const call = createApiClient().as("dev@example.com");
  const { status, body } = await call(`GET ${services}?filter=state:ENABLED&pageSize=4`);
  assert.equal(status, 200);
  const { services: listed, nextPageToken } = body as { services: { name: string }[]; nextPageToken: string };
  assert.equal(listed.length, 4);
  const { body: rest } = await call(`GET ${services}?filter=state:ENABLED&pageToken=${nextPageToken}`);
  const names = [...listed, ...(rest as { services: { name: string }[] }).services].map(({ name }) => name);
  const all = ["cloudasset", "cloudidentity", "cloudresourcemanager", "iam", "iamcredentials", "orgpolicy"];
  all.push("policytroubleshooter", "privilegedaccessmanager", "run", "serviceusage", "sts");
  assert.deepEqual(
    names,
    all.map((name) => `projects/123456789012/services/${name}.googleapis.com`),
  );
  assert.deepEqual((await call(`GET ${services}?filter=state:DISABLED`)).body, {});
  assert.equal((await call(`GET ${services}?filter=name:run`)).status, 400);
  assert.equal((await call(`GET ${services}/run.googleapis.com`)).status, 200);
});

test("whoever may enable an API finds it done, others are refused", async () => {
  const client = createApiClient();
  const [admin, dev] = ["admin", "dev"].map((name) => client.as(`${name}@example.com`));
  const one = `POST ${services}/run.googleapis.com:enable`;
  const several = `POST ${services}:batchEnable`;
  const lines = [
    [one, {}],
    [several, { serviceIds: ["run.googleapis.com", "iam.googleapis.com"] }],
  ] as const;
  for (const { status, body } of await Promise.all(lines.map(([line, sent]) => admin!(line, sent)))) {
    assert.equal(status, 200);
    assert.equal((body as { done: boolean }).done, true);
  }
  for (const { status } of await Promise.all(lines.map(([line, sent]) => dev!(line, sent)))) assert.equal(status, 403);
  const wrong = [undefined, [], "run.googleapis.com", [1]].map((serviceIds) => admin!(several, { serviceIds }));
  for (const { status } of await Promise.all(wrong)) assert.equal(status, 400);
});
