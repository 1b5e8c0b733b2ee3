import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { PolicyAnalysis } from "../../../src/google/policy-analyzer.ts";
import type { TroubleshootAnswer } from "../../../src/google/policy-troubleshooter.ts";
import { defaultWorld } from "../../../src/emulator/world/world.ts";
import { acmeWorld, organizationId } from "../../support/acme-world.ts";
import { addBinding, curlStatus, fetchTokens, missingCommand, serviceName, startSubject } from "../fixture.ts";
import type { Subject } from "../fixture.ts";
import { gcloudOutput } from "./run-gcloud.ts";

const skip = missingCommand("gcloud");
let subject: Subject;
before(async () => {
  const roles = ["roles/iam.securityReviewer", "roles/cloudasset.viewer"];
  const bindings = roles.map((role) => ({ role, members: ["user:dev@example.com"] }));
  const entitlement = { id: "call-it", eligible: ["user:dev@example.com"], roles: ["roles/run.servicesInvoker"] };
  const { bindings: own } = defaultWorld.projects[0]!;
  const project = { bindings: own ?? [], entitlements: [entitlement] };
  subject = await startSubject(acmeWorld({ project, organization: { bindings } }));
});
after(() => subject[Symbol.asyncDispose]());

const gcloud = (...args: readonly string[]): Promise<string> => gcloudOutput(subject, args);

test("gcloud finds what may be asked for, and asks for it", { skip }, async () => {
  const place = ["--location=global", "--project=demo-project", "--format=json"];
  const search = ["pam", "entitlements", "search", "--caller-access-type=grant-requester"];
  const [entitlement] = JSON.parse(await gcloud(...search, ...place));
  assert.equal(entitlement.name, "projects/demo-project/locations/global/entitlements/call-it");
  const { id_token: token } = await fetchTokens(subject, "dev@example.com");
  const call = (): Promise<number> => curlStatus(subject, subject.serviceUrl, "-H", `Authorization: Bearer ${token}`);
  assert.equal(await call(), 403);
  const ask = ["--entitlement=call-it", `--requested-duration=${entitlement.maxRequestDuration}`];
  const grant = JSON.parse(await gcloud("pam", "grants", "create", ...ask, "--justification=to call it", ...place));
  assert.equal(grant.state, "ACTIVE");
  assert.equal(await call(), 200);
});

test("gcloud asks Policy Analyzer who has a permission", { skip }, async () => {
  const about = [`--full-resource-name=//run.googleapis.com/${serviceName}`, "--permissions=run.services.setIamPolicy"];
  const command = ["asset", "analyze-iam-policy", `--organization=${organizationId}`, ...about, "--show-response"];
  const analysis = JSON.parse(await gcloud(...command, "--format=json")) as PolicyAnalysis;
  assert.equal(analysis.fullyExplored, true);
  const roles = analysis.mainAnalysis.analysisResults?.map(({ iamBinding }) => iamBinding.role);
  assert.deepEqual(roles?.toSorted(), ["roles/iam.securityAdmin", "roles/owner"]);
});

test("gcloud asks Policy Troubleshooter, before and after a grant that ends", { skip }, async () => {
  const ask = async (): Promise<TroubleshootAnswer> => {
    const command = ["policy-intelligence", "troubleshoot-policy", "iam", `//run.googleapis.com/${serviceName}`];
    const about = ["--principal-email=dev@example.com", "--permission=run.routes.invoke"];
    return JSON.parse(await gcloud(...command, ...about, "--request-time=2026-12-31T00:00:00Z", "--format=json"));
  };
  assert.equal((await ask()).overallAccessState, "CANNOT_ACCESS");
  const condition = { title: "until", expression: 'request.time < timestamp("2027-01-01T00:00:00Z")' };
  const binding = { role: "roles/run.invoker", members: ["user:dev@example.com"], condition };
  await addBinding(subject, binding);
  const granted = await ask();
  assert.equal(granted.overallAccessState, "CAN_ACCESS");
  const [own] = granted.allowPolicyExplanation?.explainedPolicies ?? [];
  assert.deepEqual(
    own?.bindingExplanations?.map(({ role, allowAccessState }) => [role, allowAccessState]),
    [["roles/run.invoker", "ALLOW_ACCESS_STATE_GRANTED"]],
  );
});
