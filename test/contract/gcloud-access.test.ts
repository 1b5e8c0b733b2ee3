import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { TroubleshootAnswer } from "../../src/google/policy-troubleshooter.ts";
import { acmeWorld } from "../support/acme-world.ts";
import { missingCommand, run, serviceName, startSubject } from "./fixture.ts";
import type { Subject } from "./fixture.ts";

const skip = missingCommand("gcloud");
let subject: Subject;
before(async () => {
  const bindings = [{ role: "roles/iam.securityReviewer", members: ["user:dev@example.com"] }];
  subject = await startSubject(acmeWorld({ organization: { bindings } }));
});
after(() => subject[Symbol.asyncDispose]());

async function gcloud(...args: readonly string[]): Promise<string> {
  const quiet = { CLOUDSDK_CORE_DISABLE_PROMPTS: "1", PYTHONWARNINGS: "ignore" };
  const { code, stdout, stderr } = await run(subject, "gcloud", args, quiet);
  assert.equal(code, 0, `gcloud ${args.join(" ")}: ${stderr}`);
  return stdout.trim();
}

test("gcloud asks Policy Troubleshooter, before and after a grant that ends", { skip }, async () => {
  const ask = async (): Promise<TroubleshootAnswer> => {
    const command = ["policy-intelligence", "troubleshoot-policy", "iam", `//run.googleapis.com/${serviceName}`];
    const about = ["--principal-email=dev@example.com", "--permission=run.routes.invoke"];
    return JSON.parse(await gcloud(...command, ...about, "--request-time=2026-12-31T00:00:00Z", "--format=json"));
  };
  assert.equal((await ask()).overallAccessState, "CANNOT_ACCESS");
  await gcloud(
    ...["run", "services", "add-iam-policy-binding", "my-service", "--member=user:dev@example.com"],
    "--role=roles/run.invoker",
    '--condition=expression=request.time < timestamp("2027-01-01T00:00:00Z"),title=until',
  );
  const granted = await ask();
  assert.equal(granted.overallAccessState, "CAN_ACCESS");
  const [own] = granted.allowPolicyExplanation?.explainedPolicies ?? [];
  assert.deepEqual(
    own?.bindingExplanations?.map(({ role, allowAccessState }) => [role, allowAccessState]),
    [["roles/run.invoker", "ALLOW_ACCESS_STATE_GRANTED"]],
  );
});
