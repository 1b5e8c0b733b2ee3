import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { defaultWorld } from "../../src/emulator/world/world.ts";
import type { ErrorBody } from "../../src/google/status.ts";
import { missingCommand, run, startSubject } from "./fixture.ts";
import type { Subject } from "./fixture.ts";

const skip = missingCommand("curl");
const certs = "https://www.googleapis.com/oauth2/v3/certs";
const projects = "https://cloudresourcemanager.googleapis.com/v1/projects";
/** curl's exit codes. */
const [emptyReply, partialFile, http2Stream] = [52, 18, 92];

let subject: Subject;
let service: string;
before(async () => {
  const services = defaultWorld.services.map((each) => ({
    ...each,
    bindings: [{ role: "roles/run.invoker", members: ["allUsers"] }],
  }));
  subject = await startSubject({ ...defaultWorld, services });
  service = subject.serviceUrl;
});
after(() => subject[Symbol.asyncDispose]());
afterEach(() => subject.emulator.faults.clear());

async function curl(...args: string[]): Promise<{ code: number | null; status: string; head: string; body: string }> {
  const { code, stdout } = await run(subject, "curl", ["-sS", "--http1.1", "-i", "-w", "\n%{http_code}", ...args]);
  // The proxy's own answer to CONNECT comes first.
  const text = stdout.replace(/^HTTP\/1\.1 200 [^\n]*\r\n\r\n/, "");
  const [head = "", ...rest] = text.split("\r\n\r\n");
  return { code, status: stdout.slice(-3), head, body: rest.join("\r\n\r\n").slice(0, -4) };
}

test("an API that is unavailable says so as Google's APIs do, and when to come again", { skip }, async () => {
  await subject.emulator.faults.add({
    api: "cloudresourcemanager.googleapis.com",
    status: 503,
    retryAfterSeconds: 7,
    times: 1,
  });
  const { status, head, body } = await curl(projects);
  assert.equal(status, "503");
  assert.match(head, /^retry-after: 7\r?$/im);
  assert.deepEqual(JSON.parse(body), {
    error: { code: 503, message: "The service is currently unavailable.", status: "UNAVAILABLE" },
  });
  assert.equal((await curl(projects)).status, "401", "once was enough");
});

test("a fault of an API is met at its hosts for certificates and for regions too", { skip }, async () => {
  await subject.emulator.faults.add({ api: "run.googleapis.com", status: 503 });
  for (const host of ["run", "run.mtls", "us-central1-run", "run.us-central1.rep"]) {
    assert.equal((await curl(`https://${host}.googleapis.com/v1/projects/p/locations`)).status, "503", host);
  }
});

test("an API refuses as by VPC Service Controls, with an identifier to look up", { skip }, async () => {
  const api = "cloudresourcemanager.googleapis.com";
  await subject.emulator.faults.add({ api, reason: "SECURITY_POLICY_VIOLATED" });
  const { status, body } = await curl(projects);
  assert.equal(status, "403");
  const { error } = JSON.parse(body) as ErrorBody;
  const [precondition, info] = error.details ?? [];
  const { uid } = (info?.["metadata"] ?? {}) as { uid?: string };
  assert.deepEqual(precondition?.["violations"], [{ type: "VPC_SERVICE_CONTROLS", description: uid }]);
  assert.deepEqual([info?.["reason"], error.status], ["SECURITY_POLICY_VIOLATED", "PERMISSION_DENIED"]);
  assert.equal(
    error.message,
    `Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: ${uid}`,
  );
});

test("only the API that is meant fails, in every region of it", { skip }, async () => {
  await subject.emulator.faults.add({ api: "run.googleapis.com", status: 429 });
  const path = "/v1/projects/demo-project/locations";
  assert.equal((await curl(`https://run.googleapis.com${path}`)).status, "429");
  assert.equal((await curl(`https://us-central1-run.googleapis.com${path}`)).status, "429");
  assert.equal((await curl(projects)).status, "401");
  assert.equal((await curl(service)).status, "200");
});

test(
  "a service without an instance answers 429, and its trace says that the fault was set (a guess: fault)",
  { skip },
  async () => {
    await subject.emulator.faults.add({ service: "my-service", status: 429, path: "/busy" });
    const { status, body } = await curl(`${service}/busy?a=1`);
    assert.deepEqual([status, body], ["429", "Rate exceeded."]);
    const entry = subject.emulator.trace().at(-1);
    assert.equal(entry?.status, 429);
    assert.equal(entry?.steps.at(-1)?.rule, "fault");
    assert.equal((await curl(`${service}/calm`)).status, "200");
  },
);

test("a connection that is reset brings nothing", { skip }, async () => {
  await subject.emulator.faults.add({ service: "my-service", connection: "reset" });
  const { code } = await curl(service);
  assert.equal(code, emptyReply);
  const overHttp2 = await run(subject, "curl", ["-sS", "--http2", service]);
  assert.equal(overHttp2.code, http2Stream);
});

test("an answer that breaks off is half there, and known to be by its length", { skip }, async () => {
  const whole = await curl(certs);
  await subject.emulator.faults.add({ api: "www.googleapis.com", connection: "half-body" });
  const { code, head, body } = await curl(certs);
  assert.equal(code, partialFile);
  assert.match(head, new RegExp(`content-length: ${Buffer.byteLength(whole.body)}`, "i"));
  assert.equal(body, whole.body.slice(0, Math.floor(whole.body.length / 2)));
  assert.equal((await run(subject, "curl", ["-sS", "--http2", certs])).code, http2Stream);
  await subject.emulator.faults.add({ service: "my-service", connection: "half-body" });
  assert.equal((await curl(service)).code, partialFile);
});

test("latency comes before the answer, which is the usual one", { skip }, async () => {
  await subject.emulator.faults.add({ service: "my-service", latencyMs: 300 });
  const startMs = performance.now();
  assert.equal((await curl(service)).status, "200");
  assert.ok(performance.now() - startMs >= 300);
});

test("the emulator closes without waiting for a latency", { skip }, async () => {
  const other = await startSubject();
  await other.emulator.faults.add({ api: "www.googleapis.com", latencyMs: 3_600_000 });
  const waiting = run(other, "curl", ["-sS", certs]);
  while (other.emulator.faults.list()[0]?.met === 0) await new Promise((resolve) => setImmediate(resolve));
  await other[Symbol.asyncDispose]();
  await waiting;
});

test("a fault that makes no sense is refused", async () => {
  const { faults } = subject.emulator;
  for (const fault of [
    {},
    { api: "run.googleapis.com" },
    { api: "run.googleapis.com", service: "my-service", status: 500 },
    { service: "my-service", status: 200 },
    { service: "my-service", status: 500, connection: "reset" as const },
    { service: "my-service", retryAfterSeconds: 3, latencyMs: 1 },
    { service: "my-service", status: 500, times: 0 },
    { service: "my-service", status: 500, share: 2 },
    { service: "my-service", latencyMs: -1 },
  ]) {
    await assert.rejects(faults.add(fault), { code: "invalid_argument" }, JSON.stringify(fault));
  }
  await assert.rejects(faults.add({ service: "no-service", status: 500 }), { code: "not_found" });
  await assert.rejects(faults.clear("17"), { code: "not_found" });
});
