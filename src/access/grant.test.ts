import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../core/clock.ts";
import type { Context } from "../core/context.ts";
import { silentLogger } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import type { Policy } from "../google/policy.ts";
import { gcloudBindingLine, shellQuote } from "./gcloud-lines.ts";
import { applyChanges } from "./change.ts";
import { grantsToCallAs, invokerRole } from "./grant-request.ts";
import { planGrants } from "./grant.ts";
import { planRevoke } from "./revoke.ts";
import type { Resource } from "./resource.ts";

const service = { kind: "service", name: { project: "p", region: "us-central1", service: "web" } } as const;
const account = { kind: "account", email: "invoker@p.iam.gserviceaccount.com" } as const;
const serviceUrl = "https://run.googleapis.com/v1/projects/p/locations/us-central1/services/web";
const accountUrl = "https://iam.googleapis.com/v1/projects/p/serviceAccounts/invoker@p.iam.gserviceaccount.com";
const projectUrl = "https://cloudresourcemanager.googleapis.com/v1/projects/p";
const dev = "user:dev@example.com";
const quick = { attempts: 3, pause: () => Promise.resolve() };

interface FakeGoogle {
  readonly context: Context;
  readonly policies: Record<string, Policy>;
  readonly calls: string[];
  /** Called before a write is looked at. */
  beforeWrite: (url: string) => { status: number; message: string; code?: string } | void;
  readonly unreadable: Set<string>;
}

/** Policies with etags and compare-and-swap. */
function fakeGoogle(): FakeGoogle {
  const policies: Record<string, Policy> = {
    [serviceUrl]: { etag: "1" },
    [accountUrl]: { etag: "1" },
    [projectUrl]: { etag: "1", bindings: [{ role: "roles/owner", members: ["user:admin@example.com"] }] },
  };
  const answer = (status: number, body: unknown): Response => new Response(JSON.stringify(body), { status });
  const refuse = (status: number, message: string, code?: string): Response =>
    answer(status, {
      error: { code: status, message, status: code ?? (status === 409 ? "ABORTED" : "PERMISSION_DENIED") },
    });
  const fetch = async (url: string, init?: RequestInit): Promise<Response> => {
    const [, resource = "", verb = ""] = /^(.*):(getIamPolicy|setIamPolicy)/.exec(url) ?? [];
    google.calls.push(`${init?.method} ${url}`);
    if (google.unreadable.has(resource) && verb === "getIamPolicy") return refuse(403, "no");
    const stored = policies[resource];
    if (!stored) return refuse(404, "Unknown");
    if (verb === "getIamPolicy") return answer(200, stored);
    const refusal = google.beforeWrite(resource);
    if (refusal) return refuse(refusal.status, refusal.message, refusal.code);
    const { policy } = JSON.parse(init?.body as string) as { policy: Policy };
    if (policy.etag !== policies[resource]?.etag) return refuse(409, "There were concurrent policy changes.");
    policies[resource] = { ...policy, etag: String(Number(policy.etag) + 1) };
    return answer(200, policies[resource]);
  };
  const environment = { variables: {}, homeDir: "/nonexistent", platform: process.platform };
  const google: FakeGoogle = {
    context: { fetch, environment, clock: systemClock, log: silentLogger },
    policies,
    calls: [],
    beforeWrite: () => {},
    unreadable: new Set(),
  };
  return google;
}

const request = (resource: Resource = service, members = [dev]) => ({ resource, role: invokerRole, members });

async function failure(promise: Promise<unknown>): Promise<RunpassError> {
  const error: unknown = await promise.then(
    () => assert.fail("it did not fail"),
    (thrown: unknown) => thrown,
  );
  return error instanceof RunpassError ? error : assert.fail(String(error));
}

test("a grant is planned without writing, then written with the etag that was read", async () => {
  const google = fakeGoogle();
  const planned = await planGrants(google.context, [request()], "ya29.x");
  assert.deepEqual(planned[0]?.diff, [{ sign: "+", role: invokerRole, member: dev }]);
  assert.ok(google.calls.every((call) => !call.includes("setIamPolicy")));
  assert.ok(google.calls.includes(`GET ${serviceUrl}:getIamPolicy?options.requestedPolicyVersion=3`));
  const [applied] = await applyChanges(google.context, planned, "ya29.x", quick);
  assert.equal(applied?.changed, true);
  assert.deepEqual(google.policies[serviceUrl]?.bindings, [{ role: invokerRole, members: [dev] }]);
});

test("who already can, through the service or the project, is told and nothing is written", async () => {
  const google = fakeGoogle();
  const planned = await planGrants(google.context, [request(service, ["user:admin@example.com"])], "ya29.x");
  assert.deepEqual(planned[0]?.diff, []);
  assert.equal(planned[0]?.already[0]?.through[0]?.role, "roles/owner");
  const [applied] = await applyChanges(google.context, planned, "ya29.x", quick);
  assert.equal(applied?.changed, false);
  assert.ok(google.calls.every((call) => !call.includes("setIamPolicy")));
});

test("a project policy that cannot be read is named, and the grant goes on", async () => {
  const google = fakeGoogle();
  google.unreadable.add(projectUrl);
  const [planned] = await planGrants(google.context, [request()], "ya29.x");
  assert.ok(planned?.unread.some(({ what }) => what === "the policy of projects/p"));
  assert.equal(planned?.diff.length, 1);
});

test("a write that loses a race is made anew on what the winner wrote", async () => {
  const google = fakeGoogle();
  const planned = await planGrants(google.context, [request()], "ya29.x");
  const condition = { title: "t", expression: "true" };
  google.policies[serviceUrl] = {
    etag: "7",
    version: 3,
    bindings: [{ role: invokerRole, members: ["allUsers"], condition }],
  };
  const [applied] = await applyChanges(google.context, planned, "ya29.x", quick);
  assert.equal(applied?.changed, true);
  assert.deepEqual(google.policies[serviceUrl]?.bindings, [
    { role: invokerRole, members: ["allUsers"], condition },
    { role: invokerRole, members: [dev] },
  ]);
});

test("when every attempt loses, the error says so and counts as retryable", async () => {
  const google = fakeGoogle();
  google.beforeWrite = () => ({ status: 409, message: "There were concurrent policy changes." });
  const planned = await planGrants(google.context, [request()], "ya29.x");
  const error = await failure(applyChanges(google.context, planned, "ya29.x", quick));
  assert.deepEqual([error.code, error.retryable], ["policy_conflict", true]);
  assert.equal(google.calls.filter((call) => call.includes("setIamPolicy")).length, 3);
});

test("both halves of calling as an account: the service's first, the account's last", async () => {
  const google = fakeGoogle();
  const requests = grantsToCallAs({ services: [service], account, callers: [dev] });
  const applied = await applyChanges(
    google.context,
    await planGrants(google.context, requests, "ya29.x"),
    "ya29.x",
    quick,
  );
  assert.deepEqual(
    applied.map(({ changed }) => changed),
    [true, true],
  );
  assert.deepEqual(google.policies[serviceUrl]?.bindings, [
    { role: invokerRole, members: [`serviceAccount:${account.email}`] },
  ]);
  assert.deepEqual(google.policies[accountUrl]?.bindings, [
    { role: "roles/iam.serviceAccountOpenIdTokenCreator", members: [dev] },
  ]);
  const writes = google.calls.filter((call) => call.includes("setIamPolicy"));
  assert.deepEqual(writes, [`POST ${serviceUrl}:setIamPolicy`, `POST ${accountUrl}:setIamPolicy`]);
});

test("when the second half fails, the error says what was written; running it again does the rest", async () => {
  const google = fakeGoogle();
  google.beforeWrite = (url) => (url === accountUrl ? { status: 403, message: "no" } : undefined);
  const requests = grantsToCallAs({ services: [service], account, callers: [dev] });
  const error = await failure(
    applyChanges(google.context, await planGrants(google.context, requests, "t"), "t", quick),
  );
  assert.equal(error.code, "permission_denied");
  assert.match(
    error.message,
    /Only a part was done\. Written: roles\/run\.invoker on projects\/p.*iam\.serviceAccounts\.setIamPolicy/,
  );
  google.beforeWrite = () => {};
  const applied = await applyChanges(google.context, await planGrants(google.context, requests, "t"), "t", quick);
  assert.deepEqual(
    applied.map(({ changed }) => changed),
    [false, true],
  );
});

for (const [message, fix, code = "INVALID_ARGUMENT"] of [
  ["User x@y does not exist.", /spelling/],
  ["The member x is of an unknown type. Please set a valid type prefix for the member.", /user:, serviceAccount:/],
  ["One or more users named in the policy do not belong to a permitted customer.", /iam\.allowedPolicyMemberDomains/],
  ["Role roles/x is not supported for this resource.", /role/],
  ["The constraint does not allow the member.", /iam\.managed\.allowedPolicyMembers/, "FAILED_PRECONDITION"],
  ["Policy contains an invalid condition.", /lint-condition/],
  ["Something else", /Nothing was changed/],
] as const) {
  test(`Google's refusal is explained: ${message}`, async () => {
    const google = fakeGoogle();
    google.beforeWrite = () => ({ status: 400, message, code });
    const error = await failure(
      applyChanges(google.context, await planGrants(google.context, [request()], "t"), "t", quick),
    );
    assert.deepEqual([error.code, error.why], ["policy_rejected", message]);
    assert.match(error.fix ?? "", fix);
  });
}

test("a revoke leaves other roles and conditions alone and tells what still lets the member in", async () => {
  const google = fakeGoogle();
  const condition = { title: "t", expression: "true" };
  google.policies[serviceUrl] = {
    etag: "1",
    version: 3,
    bindings: [
      { role: invokerRole, members: [dev] },
      { role: invokerRole, members: [dev], condition },
      { role: "roles/run.admin", members: [dev] },
    ],
  };
  const planned = await planRevoke(google.context, request(), "ya29.x");
  assert.deepEqual(planned.diff, [{ sign: "-", role: invokerRole, member: dev }]);
  assert.deepEqual(
    planned.remaining[0]?.through.map(({ role }) => role),
    [invokerRole, "roles/run.admin"],
  );
  assert.equal((await applyChanges(google.context, [planned], "ya29.x", quick))[0]?.changed, true);
  assert.equal(google.policies[serviceUrl]?.bindings?.length, 2);
  assert.equal((await planRevoke(google.context, request(), "ya29.x")).diff.length, 0);
});

test("the gcloud line of a grant can be pasted into a shell", () => {
  const line = { action: "add", resource: service, role: invokerRole, member: dev } as const;
  assert.equal(
    gcloudBindingLine(line),
    "gcloud run services add-iam-policy-binding web --member user:dev@example.com --role roles/run.invoker --region us-central1 --project p",
  );
  assert.match(gcloudBindingLine({ ...line, self: dev }), /--member "user:\$\(gcloud config get-value account\)"/);
  assert.match(
    gcloudBindingLine({ ...line, resource: account, action: "remove" }),
    /^gcloud iam service-accounts remove-iam/,
  );
  assert.equal(shellQuote("it's $HOME"), `'it'\\''s $HOME'`);
  assert.equal(shellQuote(""), "''");
});
