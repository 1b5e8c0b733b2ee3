import assert from "node:assert/strict";
import { test } from "node:test";
import { runClient, startSubject } from "./fixture.ts";

const alreadyExists = 6;
const invalidArgument = 3;
const notFound = 5;

interface Failure {
  readonly code: number;
  readonly message: string;
}
interface Life {
  readonly created: { readonly name: string; readonly uri: string; readonly ready: unknown };
  readonly updated: { readonly generation: string; readonly customAudiences: readonly string[] };
  readonly revisions: readonly string[];
  readonly deleted: { readonly name: string; readonly isMarked: boolean };
  readonly taken: Failure;
  readonly faulty: Failure;
  readonly missing: Failure;
  readonly error?: Failure;
}

const name = "projects/demo-project/locations/us-central1/services/web";

test("@google-cloud/run creates, updates and deletes a service, and waits for each operation", async () => {
  await using subject = await startSubject();
  const life = await runClient<Life>(subject, "google-cloud-deploy", ["admin@example.com"]);
  assert.equal(life.error, undefined);
  assert.equal(life.created.name, name);
  assert.match(life.created.uri, /^https:\/\/web-.*-uc\.a\.run\.app$/);
  assert.deepEqual(life.updated.customAudiences, ["https://a.example"]);
  assert.equal(life.updated.generation, "2");
  assert.deepEqual(life.revisions, ["example.com/app:2", "example.com/app"]);
  assert.deepEqual(life.deleted, { name, isMarked: true });
  assert.equal(life.taken.code, alreadyExists, life.taken.message);
  assert.equal(life.faulty.code, invalidArgument, life.faulty.message);
  assert.equal(life.missing.code, notFound);
});

test("@google-cloud/run is told which permission is missing to deploy", async () => {
  await using subject = await startSubject();
  const { error } = await runClient<Life>(subject, "google-cloud-deploy", ["dev@example.com"]);
  assert.match(error?.message ?? "", /Permission 'run\.services\.create' denied on resource/);
});
