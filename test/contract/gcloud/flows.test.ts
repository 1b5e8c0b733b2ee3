import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { curlStatus, missingCommand, run, startSubject } from "../fixture.ts";
import type { Finished, Subject } from "../fixture.ts";
import { asksNothing } from "./run-gcloud.ts";

const skip = missingCommand("gcloud");
let subject: Subject;
before(async () => {
  subject = await startSubject();
});
after(() => subject[Symbol.asyncDispose]());

/** The command as it is on PATH, started for each line, as people do. */
const gcloud = (...args: readonly string[]): Promise<Finished> => run(subject, "gcloud", args, asksNothing);

async function gcloudOutput(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await gcloud(...args);
  assert.equal(code, 0, `gcloud ${args.join(" ")}: ${stderr}`);
  return stdout.trim();
}

// One flow a test: gcloud takes a second for every command, so what can run side by side does.

test("gcloud is logged in as both users and finds the service", { skip }, async () => {
  const [accounts, services] = await Promise.all([
    gcloudOutput("auth", "list", "--format=value(account,status)"),
    gcloudOutput("run", "services", "list", "--format=value(metadata.name,status.url)"),
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
  const token = await gcloudOutput("auth", "print-identity-token");
  const header = ["-H", `Authorization: Bearer ${token}`];
  assert.equal(await curlStatus(subject, subject.serviceUrl, ...header), 403);
  const binding = ["my-service", "--member=user:dev@example.com", "--role=roles/run.invoker"];
  await gcloudOutput("run", "services", "add-iam-policy-binding", ...binding);
  assert.equal(await curlStatus(subject, subject.serviceUrl, ...header), 200);
  await gcloudOutput("run", "services", "remove-iam-policy-binding", ...binding);
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
  const refused = await gcloud(...print);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /Failed to impersonate/);
  await gcloudOutput(
    ...["iam", "service-accounts", "add-iam-policy-binding", serviceAccount],
    ...["--member=user:dev@example.com", "--role=roles/iam.serviceAccountTokenCreator"],
  );
  await gcloudOutput(
    ...["run", "services", "add-iam-policy-binding", "my-service"],
    ...[`--member=serviceAccount:${serviceAccount}`, "--role=roles/run.invoker"],
  );
  const token = await gcloudOutput(...print);
  assert.equal(await curlStatus(subject, serviceUrl, "-H", `Authorization: Bearer ${token}`), 200);
});
