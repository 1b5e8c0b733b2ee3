import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { callAs, startSubject, worldWith } from "./fixture.ts";
import type { Subject } from "./fixture.ts";
import { missingPython, runPython } from "./python.ts";

const skip = missingPython;
let subject: Subject;
before(async () => {
  const members = ["serviceAccount:invoker@demo-project.iam.gserviceaccount.com"];
  subject = await startSubject(worldWith({ service: [{ role: "roles/run.invoker", members }] }));
});
after(() => subject[Symbol.asyncDispose]());

test(
  "Python finds Application Default Credentials and the project, and verifies the user's token",
  { skip },
  async () => {
    const { code, stdout, stderr } = await runPython(subject, "google_auth", ["default"]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), { email: "dev@example.com", project: "demo-project" });
  },
);

test("Python fetches and verifies an ID token by a key file and calls the service", { skip }, async (t) => {
  const path = `/v1/projects/demo-project/serviceAccounts/${subject.serviceAccount}/keys`;
  const { privateKeyData } = await callAs<{ privateKeyData: string }>(subject, "admin@example.com", "POST", path, {});
  const directory = await mkdtemp(join(tmpdir(), "runpass-contract-"));
  t.after(() => rm(directory, { recursive: true }));
  await writeFile(join(directory, "key.json"), Buffer.from(privateKeyData, "base64"), { mode: 0o600 });
  const { code, stdout, stderr } = await runPython(subject, "google_auth", ["key", join(directory, "key.json")]);
  assert.equal(code, 0, stderr);
  const { claims, status } = JSON.parse(stdout);
  assert.equal(claims.aud, subject.serviceUrl);
  assert.equal(claims.email, subject.serviceAccount);
  assert.equal(status, 200);
});
