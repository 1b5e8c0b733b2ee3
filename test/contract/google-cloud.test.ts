import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { curlStatus, missingCommand, serviceName, startClient, startSubject, worldWith } from "./fixture.ts";
import type { Client, Subject } from "./fixture.ts";

/** gRPC's numbers for Google's canonical codes. */
const invalidArgument = 3;
const notFound = 5;
const alreadyExists = 6;
const permissionDenied = 7;
/** What an older gax hands on instead, together with a newer google-auth-library. */
const forbidden = 403;

/** What the client printed: the library's answer, or its error. */
interface Answer<T> {
  readonly result: T;
  readonly error: Failure;
}
interface Failure {
  readonly code: number;
  readonly message: string;
}
interface Service {
  readonly name: string;
  readonly uri: string;
  readonly urls: readonly string[];
}
interface Policy {
  readonly bindings: readonly {
    readonly role: string;
    readonly members: readonly string[];
    readonly condition?: { readonly expression: string };
  }[];
}
interface Life {
  readonly created: { readonly name: string; readonly uri: string; readonly ready: unknown };
  readonly updated: { readonly generation: string; readonly customAudiences: readonly string[] };
  readonly revisions: readonly string[];
  readonly deleted: { readonly name: string; readonly isMarked: boolean };
  readonly taken: Failure;
  readonly faulty: Failure;
  readonly missing: Failure;
}

let subject: Subject;
let client: Client;
before(async () => {
  const serviceAccount = [{ role: "roles/iam.serviceAccountOpenIdTokenCreator", members: ["user:admin@example.com"] }];
  subject = await startSubject(worldWith({ serviceAccount }));
  client = startClient(subject, "google-cloud");
});
after(async () => {
  await client[Symbol.asyncDispose]();
  await subject[Symbol.asyncDispose]();
});

const as = <T = unknown>(email: string, ...args: readonly string[]): Promise<Answer<T>> => client.ask(email, ...args);

test("@google-cloud/run lists and gets services", async () => {
  const { result: list } = await as<readonly Service[]>("dev@example.com", "list");
  assert.equal(list.length, 1);
  assert.equal(list[0]?.name, serviceName);
  assert.equal(list[0]?.uri, subject.serviceUrl);
  assert.ok(list[0]?.urls.includes(subject.serviceUrl));
  const { result } = await as<Service>("dev@example.com", "get");
  assert.equal(result.name, serviceName);
  const { error } = await as("dev@example.com", "get", "no-such-service");
  assert.equal(error.code, notFound);
});

test("@google-cloud/run reads, changes and tests a policy", async () => {
  const member = "user:admin@example.com";
  const { result } = await as<Policy>("dev@example.com", "grant", "my-service", member);
  assert.deepEqual(
    result.bindings.map((binding) => [binding.role, binding.members]),
    [["roles/run.invoker", [member]]],
  );
  const { result: permissions } = await as("dev@example.com", "test");
  assert.deepEqual(permissions, ["run.services.setIamPolicy"]);
});

test("@google-cloud/run writes a binding under a condition, and is told when it does not compile", async () => {
  const member = "user:dev@example.com";
  const expression = 'request.time < timestamp("2100-01-01T00:00:00Z")';
  const [written, refused] = await Promise.all([
    as<Policy & { version: number }>("dev@example.com", "grant", "my-service", member, expression),
    as("admin@example.com", "grant", "my-service", member, "request.tim < 1"),
  ]);
  assert.equal(written.result.version, 3);
  assert.equal(written.result.bindings.at(-1)?.condition?.expression, expression);
  assert.match(refused.error.message, /undefined field 'tim'/);
});

test("@google-cloud/run is told which member does not exist", async () => {
  const { error } = await as("dev@example.com", "grant", "my-service", "user:nobody@example.com");
  assert.match(error.message, /nobody@example\.com does not exist/);
});

test("@google-cloud/iam-credentials makes an ID token that the service takes as a token", async () => {
  const { error } = await as("dev@example.com", "token", subject.serviceAccount, subject.serviceUrl);
  assert.ok([permissionDenied, forbidden].includes(error.code), String(error.code));
  assert.match(error.message, /iam\.serviceAccounts\.getOpenIdToken/);
  const { result } = await as<{ token: string }>(
    "admin@example.com",
    "token",
    subject.serviceAccount,
    subject.serviceUrl,
  );
  assert.equal(result.token.split(".").length, 3);
  if (missingCommand("curl")) return;
  // A good token of an account that has no role: 403, not 401.
  assert.equal(await curlStatus(subject, subject.serviceUrl, "-H", `Authorization: Bearer ${result.token}`), 403);
});

test("@google-cloud/run creates, updates and deletes a service, and waits for each operation", async () => {
  const { result: life, error } = await as<Life>("admin@example.com", "deploy");
  assert.equal(error, undefined);
  const name = serviceName.replace("my-service", "web");
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
  const { error } = await as("dev@example.com", "deploy");
  assert.match(error.message, /Permission 'run\.services\.create' denied on resource/);
});
