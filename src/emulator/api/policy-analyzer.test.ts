import assert from "node:assert/strict";
import { test } from "node:test";
import { acmeWorld, organizationId } from "../../../test/support/acme-world.ts";
import { createApiClient } from "../../../test/support/api-client.ts";
import type { PolicyAnalysis } from "../../google/policy-analyzer.ts";
import type { ApiAnswer } from "./route.ts";

const admin = "user:admin@example.com";
const dev = "user:dev@example.com";
const customRole = `organizations/${organizationId}/roles/caller`;
const analyst = { role: "roles/cloudasset.viewer", members: [admin] };

function ask(scope: string, more: readonly object[] = [], permission = "run.routes.invoke"): Promise<ApiAnswer> {
  const world = acmeWorld({
    service: { bindings: [{ role: "roles/run.viewer", members: [dev] }] },
    project: { bindings: [{ role: "roles/run.invoker", members: [dev] }] },
    organization: {
      roles: [{ id: "caller", includedPermissions: ["run.routes.invoke"] }],
      bindings: [analyst, { role: "roles/run.admin", members: ["group:team@example.com"] }, ...(more as [])],
    },
  });
  const resource = "//run.googleapis.com/projects/123456789012/locations/us-central1/services/my-service";
  const query = new URLSearchParams({
    "analysisQuery.resourceSelector.fullResourceName": resource,
    "analysisQuery.accessSelector.permissions": permission,
  });
  return createApiClient(world).as("admin@example.com")(
    `GET cloudasset.googleapis.com/v1/${scope}:analyzeIamPolicy?${query.toString()}`,
  );
}

const found = ({ body }: ApiAnswer): unknown =>
  (body as PolicyAnalysis).mainAnalysis.analysisResults?.map(({ attachedResourceFullName, iamBinding }) => [
    attachedResourceFullName.replace("//cloudresourcemanager.googleapis.com/", ""),
    iamBinding.role,
  ]);

test("Policy Analyzer tells every binding within a scope that gives a permission on a resource", async () => {
  const all = await ask(`organizations/${organizationId}`);
  assert.deepEqual(found(all), [
    ["projects/demo-project", "roles/run.invoker"],
    [`organizations/${organizationId}`, "roles/run.admin"],
  ]);
  assert.equal((all.body as PolicyAnalysis).fullyExplored, true);
  assert.deepEqual(found(await ask("projects/demo-project")), [["projects/demo-project", "roles/run.invoker"]]);
});

test("a custom role that the caller may not look into leaves an analysis unfinished", async () => {
  const bound = { role: customRole, members: [dev] };
  const { body } = await ask(`organizations/${organizationId}`, [bound]);
  assert.equal((body as PolicyAnalysis).fullyExplored, undefined);
  assert.match((body as PolicyAnalysis).mainAnalysis.nonCriticalErrors?.[0]?.cause ?? "", /roles\/caller/);
  const roleViewer = { role: "roles/iam.roleViewer", members: [admin] };
  const seen = await ask(`organizations/${organizationId}`, [bound, roleViewer]);
  assert.deepEqual((found(seen) as unknown[]).at(-1), [`organizations/${organizationId}`, customRole]);
});

test("who may not analyse, or asks for nothing, is refused", async () => {
  assert.equal((await ask("organizations/9")).status, 403);
  const as = createApiClient(acmeWorld({ organization: { bindings: [analyst] } })).as;
  const url = `GET cloudasset.googleapis.com/v1/organizations/${organizationId}:analyzeIamPolicy`;
  assert.equal((await as("admin@example.com")(url)).status, 400);
  assert.equal((await as("dev@example.com")(url)).status, 403);
});
