import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { acmeWorld } from "../../support/acme-world.ts";
import { addBinding, curlStatus, fetchTokens, missingCommand, startSubject } from "../fixture.ts";
import type { Subject } from "../fixture.ts";
import { gcloudOutput, runGcloud } from "./run-gcloud.ts";

const skip = missingCommand("gcloud");
let subject: Subject;
let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "runpass-"));
  const bindings = [{ role: "roles/iam.denyAdmin", members: ["user:dev@example.com"] }];
  subject = await startSubject(acmeWorld({ organization: { bindings } }));
});
after(async () => {
  await subject[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

const gcloud = (...args: readonly string[]): Promise<string> => gcloudOutput(subject, args);
const asOwner = (...args: readonly string[]): Promise<string> => gcloudOutput(subject, args, "admin@example.com");

/** How curl calls as the developer. */
async function authorization(): Promise<readonly string[]> {
  const { id_token: token } = await fetchTokens(subject, "dev@example.com");
  return ["-H", `Authorization: Bearer ${token}`];
}

const until = 'expression=request.time < timestamp("2027-01-01T00:00:00Z"),title=until';
const member = "--member=user:dev@example.com";

test("gcloud binds under a condition, and the front end keeps to it", { skip }, async () => {
  const { emulator, serviceUrl } = subject;
  emulator.clock.setMs(Date.parse("2026-12-31T23:59:00Z"));
  const add = ["run", "services", "add-iam-policy-binding", "my-service", member, "--role=roles/run.invoker"];
  const [policy, refused] = await Promise.all([
    gcloud(...add, `--condition=${until}`, "--format=json"),
    runGcloud(subject, [
      ...add.with(4, "--member=user:admin@example.com"),
      "--condition=expression=request.tim < 1,title=broken",
    ]),
  ]);
  assert.equal(JSON.parse(policy).bindings[0].condition.title, "until");
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /INVALID_ARGUMENT: .*undefined field 'tim'/);
  const header = await authorization();
  assert.equal(await curlStatus(subject, serviceUrl, ...header), 200);
  assert.match(
    emulator
      .trace()
      .at(-1)
      ?.steps.find(({ rule }) => rule === "permission")?.detail ?? "",
    /condition "until", which holds/,
  );
  emulator.clock.advanceMs(60_000);
  assert.equal(await curlStatus(subject, serviceUrl, ...header), 403);
  assert.match(emulator.trace().at(-1)?.steps.at(-1)?.detail ?? "", /condition "until", which does not hold now/);
});

test(
  "gcloud makes a tag and binds it to a service, and a condition on it holds until it is taken away",
  { skip },
  async () => {
    const tags = (...args: readonly string[]): Promise<string> => asOwner("resource-manager", "tags", ...args);
    const header = await authorization();
    const service = "//run.googleapis.com/projects/demo-project/locations/us-central1/services/my-service";
    const bound = ["--tag-value=demo-project/access/open", `--parent=${service}`, "--location=us-central1"];
    await tags("keys", "create", "access", "--parent=projects/demo-project");
    await tags("values", "create", "open", "--parent=demo-project/access");
    const condition = { title: "open", expression: 'resource.matchTag("demo-project/access", "open")' };
    await addBinding(subject, { role: "roles/run.servicesInvoker", members: ["user:dev@example.com"], condition });
    assert.equal(await curlStatus(subject, subject.serviceUrl, ...header), 403);
    await tags("bindings", "create", ...bound);
    assert.equal(await curlStatus(subject, subject.serviceUrl, ...header), 200);
    await tags("bindings", "delete", ...bound);
    assert.equal(await curlStatus(subject, subject.serviceUrl, ...header), 403);
  },
);

test("gcloud makes a custom role, binds it, and takes a permission out of it", { skip }, async () => {
  const permission = "run.routes.invoke";
  const role = await asOwner(
    ...["iam", "roles", "create", "caller", "--project=demo-project", `--permissions=${permission}`, "--format=json"],
  );
  const header = await authorization();
  assert.deepEqual(JSON.parse(role).includedPermissions, [permission]);
  const binding = ["--role=projects/demo-project/roles/caller", "--member=user:dev@example.com", "--format=json"];
  assert.equal(await curlStatus(subject, subject.serviceUrl, ...header), 403);
  await asOwner("run", "services", "add-iam-policy-binding", "my-service", ...binding, "--condition=None");
  assert.equal(await curlStatus(subject, subject.serviceUrl, ...header), 200);
  await asOwner("iam", "roles", "update", "caller", "--project=demo-project", `--remove-permissions=${permission}`);
  assert.equal(await curlStatus(subject, subject.serviceUrl, ...header), 403);
});

test("gcloud denies what it has granted on the project", { skip }, async () => {
  const file = join(directory, "deny.json");
  const denyRule = {
    deniedPrincipals: ["principal://goog/subject/dev@example.com"],
    deniedPermissions: ["run.googleapis.com/routes.invoke"],
  };
  await writeFile(file, JSON.stringify({ displayName: "No calls", rules: [{ denyRule }] }));
  const point = ["--attachment-point=cloudresourcemanager.googleapis.com/projects/demo-project", "--kind=denypolicies"];
  await gcloud(
    ...["projects", "add-iam-policy-binding", "demo-project"],
    ...[member, "--role=roles/run.invoker", "--condition=None", "--format=json"],
  );
  const header = await authorization();
  assert.equal(await curlStatus(subject, subject.serviceUrl, ...header), 200);
  await gcloud("iam", "policies", "create", "no-calls", ...point, `--policy-file=${file}`);
  assert.equal(await curlStatus(subject, subject.serviceUrl, ...header), 403);
  assert.equal(subject.emulator.trace().at(-1)?.steps.at(-1)?.rule, "deny policy");
  const [listed, shown] = await Promise.all([
    gcloud("iam", "policies", "list", ...point, "--format=json"),
    gcloud("iam", "policies", "get", "no-calls", ...point, "--format=json"),
  ]);
  assert.equal(JSON.parse(listed).policies.length, 1);
  assert.deepEqual(JSON.parse(shown).rules, [{ denyRule }]);
});
