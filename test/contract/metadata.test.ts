import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { MetadataServer } from "../../src/emulator/metadata/metadata-server.ts";
import { missingCommand, run, runClient, startSubject, worldWith } from "./fixture.ts";
import type { Subject } from "./fixture.ts";
import { startGcloud } from "./gcloud/run-gcloud.ts";
import { missingPython, runPython } from "./python.ts";

const invoker = "invoker@demo-project.iam.gserviceaccount.com";
let subject: Subject;
let metadata: MetadataServer;
/** The same emulator, for a child that finds a metadata server and no login. */
let workload: Subject;

before(async () => {
  const members = [`serviceAccount:${invoker}`];
  subject = await startSubject(worldWith({ service: [{ role: "roles/run.invoker", members }] }));
  metadata = await subject.emulator.startMetadataServer({ account: "invoker" });
  workload = { ...subject, variables: { ...subject.variables, ...metadata.variables } };
});
after(() => subject[Symbol.asyncDispose]());

test("google-auth-library is on Google Cloud there, and calls the service as the account", async () => {
  const seen = await runClient<Record<string, unknown>>(workload, "metadata", []);
  const { claims, ...rest } = seen;
  assert.deepEqual(rest, {
    available: true,
    isCompute: true,
    hasAccessToken: true,
    email: invoker,
    region: "projects/123456789012/regions/us-central1",
    universe: "googleapis.com",
    instance: ["id", "region", "serviceAccounts", "zone"],
    status: 200,
  });
  const { aud, email } = claims as Record<string, unknown>;
  assert.deepEqual({ aud, email }, { aud: subject.serviceUrl, email: invoker });
  assert.equal(subject.emulator.trace().at(-1)?.principal, `serviceAccount:${invoker}`);
});

test("curl reaches the metadata server by its names through the proxy, and by path on the emulator's own address", async () => {
  const path = "/computeMetadata/v1/instance/service-accounts/default/email";
  const addresses = [
    `http://metadata.google.internal${path}`,
    `http://169.254.169.254${path}`,
    `${subject.emulator.url}${path}`,
    `${metadata.url}${path}`,
  ];
  for (const address of addresses) {
    const { stdout, stderr } = await run(subject, "curl", ["-sSi", "-H", "Metadata-Flavor: Google", address]);
    assert.match(stdout, /^HTTP\/1\.1 200 /, `${address}: ${stderr}`);
    assert.match(stdout, /\r\nmetadata-flavor: Google\r\n/i);
    assert.match(stdout, /\r\nserver: Metadata Server for Serverless\r\n/i);
    assert.ok(stdout.endsWith(`\r\n\r\n${invoker}`), address);
  }
});

test(
  "gcloud finds its account and prints an ID token for an audience",
  { skip: missingCommand("gcloud") },
  async () => {
    const args = ["auth", "print-identity-token", `--audiences=${subject.serviceUrl}`];
    const { code, stdout, stderr } = await startGcloud(workload, args);
    assert.equal(code, 0, stderr);
    const response = await run(subject, "curl", [
      "-sS",
      "-H",
      `Authorization: Bearer ${stdout.trim()}`,
      subject.serviceUrl,
    ]);
    assert.equal(JSON.parse(response.stdout).method, "GET");
  },
);

test("Python finds the metadata server and calls the service", { skip: missingPython }, async () => {
  const { code, stdout, stderr } = await runPython(workload, "metadata", []);
  assert.equal(code, 0, stderr);
  const { email, project, aud, status } = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual(
    { email, project, aud, status },
    { email: invoker, project: "demo-project", aud: subject.serviceUrl, status: 200 },
  );
});
