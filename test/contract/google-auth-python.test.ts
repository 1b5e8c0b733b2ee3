import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { callAs, startSubject, worldWith } from "./fixture.ts";
import type { Subject } from "./fixture.ts";
import { missingPython, runPython } from "./python.ts";

interface Seen {
  readonly default: { readonly email: string; readonly project: string };
  readonly key: { readonly claims: { readonly aud: string; readonly email: string }; readonly status: number };
}

const skip = missingPython;
let subject: Subject;
let seen: Seen;
before(async () => {
  if (skip !== false) return;
  const members = ["serviceAccount:invoker@demo-project.iam.gserviceaccount.com"];
  subject = await startSubject(worldWith({ service: [{ role: "roles/run.invoker", members }] }));
  const path = `/v1/projects/demo-project/serviceAccounts/${subject.serviceAccount}/keys`;
  const { privateKeyData } = await callAs<{ privateKeyData: string }>(subject, "admin@example.com", "POST", path, {});
  const file = join(subject.variables["CLOUDSDK_CONFIG"]!, "..", "key.json");
  await writeFile(file, Buffer.from(privateKeyData, "base64"), { mode: 0o600 });
  // Where it finds gcloud, the library has it tell the project, and then takes what the environment says.
  const { code, stdout, stderr } = await runPython(subject, "google_auth", [file], { PATH: "" });
  assert.equal(code, 0, stderr);
  seen = JSON.parse(stdout) as Seen;
});
after(() => subject?.[Symbol.asyncDispose]());

test("Python finds Application Default Credentials and the project, and verifies the user's token", { skip }, () => {
  assert.deepEqual(seen.default, { email: "dev@example.com", project: "demo-project" });
});

test("Python fetches and verifies an ID token by a key file and calls the service", { skip }, () => {
  const { claims, status } = seen.key;
  assert.equal(claims.aud, subject.serviceUrl);
  assert.equal(claims.email, subject.serviceAccount);
  assert.equal(status, 200);
});
