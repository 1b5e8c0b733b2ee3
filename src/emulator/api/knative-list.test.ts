import assert from "node:assert/strict";
import { test } from "node:test";
import { createApiClient } from "../../../test/support/api-client.ts";
import { defaultWorld } from "../world/world.ts";
import { showKnativeList } from "./knative-list.ts";

const resources = [
  { kind: "Service", metadata: { name: "a", labels: { env: "prod", tier: "web" } } },
  { kind: "Service", metadata: { name: "b", labels: { env: "dev" } } },
  { kind: "Service", metadata: { name: "c" } },
];

function names(query: Readonly<Record<string, string>>): string {
  const { items } = showKnativeList("Service", resources, new URLSearchParams(query)) as { items: typeof resources };
  return items.map(({ metadata }) => metadata.name).join("");
}

test("labels select in all of Kubernetes' words", () => {
  const selectors = { "": "abc", "env=prod": "a", "env == dev": "b", "env!=prod": "bc", "env in (prod, dev)": "ab" };
  const others = {
    "env notin (prod)": "bc",
    env: "ab",
    "!env": "c",
    "env,!tier": "b",
    "env=prod,tier=db": "",
    "env=": "",
  };
  for (const [labelSelector, expected] of Object.entries({ ...selectors, ...others, "a b c": "" })) {
    assert.equal(names({ labelSelector }), expected, labelSelector);
  }
});

test("services, revisions, configurations and routes are listed by pages, of a location and of a namespace", async () => {
  const [service] = defaultWorld.services;
  const call = createApiClient({ ...defaultWorld, services: [service!, { ...service!, name: "other" }] }).as(
    "dev@example.com",
  );
  for (const collection of ["services", "revisions", "configurations", "routes"]) {
    for (const parent of [
      "us-central1-run.googleapis.com/apis/serving.knative.dev/v1/namespaces/demo-project",
      "run.googleapis.com/v1/projects/demo-project/locations/us-central1",
      "run.googleapis.com/v1/projects/demo-project/locations/-",
    ]) {
      const seen: string[] = [];
      let next: string | undefined = "";
      while (next !== undefined) {
        const { status, body } = await call(`GET ${parent}/${collection}?limit=1&continue=${next}`);
        assert.equal(status, 200);
        const { items, metadata } = body as {
          items: { metadata: { name: string } }[];
          metadata: { continue?: string };
        };
        seen.push(...items.map((item) => item.metadata.name.replace(/-\d{5}-.*/, "")));
        next = metadata.continue;
      }
      assert.deepEqual(seen.toSorted(), ["my-service", "other"], `${parent}/${collection}`);
    }
  }
  const located = "run.googleapis.com/v1/projects/demo-project/locations/us-central1";
  assert.equal((await call(`GET ${located}/routes/other`)).status, 200);
  assert.equal((await call(`GET ${located}/revisions/nosuch`)).status, 404);
  assert.equal((await call(`GET ${located}/services?limit=x`)).status, 400);
});
