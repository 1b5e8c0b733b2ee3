import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { curlStatus, missingCommand, startSubject } from "../fixture.ts";
import type { Subject } from "../fixture.ts";
import { gcloudOutput, outputOf, runGcloud, startGcloud } from "./run-gcloud.ts";

const skip = missingCommand("gcloud");
let subject: Subject;
before(async () => {
  subject = await startSubject();
});
after(() => subject[Symbol.asyncDispose]());

const gcloud = (...args: readonly string[]): Promise<string> => gcloudOutput(subject, args);

test("gcloud is logged in as both users and finds the service", { skip }, async () => {
  const [accounts, services] = await Promise.all([
    gcloud("auth", "list", "--format=value(account,status)"),
    gcloud("run", "services", "list", "--format=value(metadata.name,status.url)"),
  ]);
  assert.deepEqual(
    accounts
      .split("\n")
      .map((line) => line.trim())
      .sort(),
    ["admin@example.com", "dev@example.com\t*"],
  );
  assert.equal(services, `my-service\t${subject.serviceUrl}`);
});

test("gcloud, as yourself: refused, granted, let through", { skip }, async () => {
  /** The command as it is on PATH, started for each line, as people do. */
  const started = async (...args: readonly string[]): Promise<string> =>
    outputOf(args, await startGcloud(subject, args));
  const token = await started("auth", "print-identity-token");
  const header = ["-H", `Authorization: Bearer ${token}`];
  assert.equal(await curlStatus(subject, subject.serviceUrl, ...header), 403);
  const binding = ["my-service", "--member=user:dev@example.com", "--role=roles/run.invoker"];
  await started("run", "services", "add-iam-policy-binding", ...binding);
  assert.equal(await curlStatus(subject, subject.serviceUrl, ...header), 200);
  await started("run", "services", "remove-iam-policy-binding", ...binding);
  assert.equal(await curlStatus(subject, subject.serviceUrl, ...header), 403);
});

test("gcloud, as a service account: refused, granted, let through", { skip }, async () => {
  const { serviceAccount, serviceUrl } = subject;
  const print = [
    "auth",
    "print-identity-token",
    `--impersonate-service-account=${serviceAccount}`,
    `--audiences=${serviceUrl}`,
  ];
  const refused = await runGcloud(subject, print);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /Failed to impersonate/);
  await gcloud(
    ...["iam", "service-accounts", "add-iam-policy-binding", serviceAccount],
    ...["--member=user:dev@example.com", "--role=roles/iam.serviceAccountTokenCreator"],
  );
  await gcloud(
    ...["run", "services", "add-iam-policy-binding", "my-service"],
    ...[`--member=serviceAccount:${serviceAccount}`, "--role=roles/run.invoker"],
  );
  const token = await gcloud(...print);
  assert.equal(await curlStatus(subject, serviceUrl, "-H", `Authorization: Bearer ${token}`), 200);
});
