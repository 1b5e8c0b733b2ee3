import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { fetchTokens, missingCommand, run, serviceName, startSubject } from "./fixture.ts";
import type { Subject } from "./fixture.ts";

// What client libraries take for granted of Google's APIs beside the methods themselves, as their requests look on the wire.

const skip = missingCommand("curl");
const service = `https://run.googleapis.com/v2/${serviceName}`;
let subject: Subject;
let authorization: string;
before(async () => {
  subject = await startSubject();
  const { access_token: token } = await fetchTokens(subject, "admin@example.com");
  authorization = `Authorization: Bearer ${token}`;
});
after(() => subject[Symbol.asyncDispose]());

async function curl(url: string, ...args: readonly string[]): Promise<{ status: number; body: string }> {
  const { stdout, stderr } = await run(subject, "curl", [
    "-sSg",
    "-w",
    "%{http_code}",
    "-H",
    authorization,
    ...args,
    url,
  ]);
  assert.equal(stderr, "");
  return { status: Number(stdout.slice(-3)), body: stdout.slice(0, -3) };
}

const json = ["-H", "Content-Type: application/json", "-d"] as const;
const invoker = { role: "roles/run.invoker", members: ["user:dev@example.com"] };

test("a compressed request is read, as Java's client libraries send it", { skip }, async () => {
  const file = join(subject.variables["CLOUDSDK_CONFIG"]!, "body.gz");
  await writeFile(file, gzipSync(JSON.stringify({ policy: { bindings: [invoker] } })));
  const args = ["-H", "Content-Type: application/json", "-H", "Content-Encoding: gzip", "--data-binary", `@${file}`];
  const { status, body } = await curl(`${service}:setIamPolicy`, ...args);
  assert.equal(status, 200, body);
  assert.deepEqual(JSON.parse(body).bindings, [invoker]);
  const broken = await curl(`${service}:setIamPolicy`, "-H", "Content-Encoding: gzip", ...json, "{}");
  assert.equal(broken.status, 400);
});

test("an answer is compressed for whoever takes that, and for nobody else", { skip }, async () => {
  const plain = await curl(service, "-D", "-");
  assert.doesNotMatch(plain.body, /content-encoding/i);
  const zipped = await curl(service, "-D", "-", "--compressed");
  assert.match(zipped.body, /^content-encoding: gzip\r$/im);
  assert.match(zipped.body, /"uri": "https:/);
  assert.doesNotMatch((await curl(service, "-D", "-", "-H", "Accept-Encoding: gzip;q=0")).body, /content-encoding/i);
});

test(
  "X-HTTP-Method-Override stands for a method that a client cannot send, with a query as a form",
  { skip },
  async () => {
    const path = `https://iam.googleapis.com/v1/projects/demo-project/serviceAccounts/${subject.serviceAccount}`;
    const change = JSON.stringify({ serviceAccount: { displayName: "renamed" }, updateMask: "displayName" });
    const patched = await curl(path, "-H", "X-HTTP-Method-Override: PATCH", ...json, change);
    assert.equal(JSON.parse(patched.body).displayName, "renamed");
    const got = await curl(path, "-H", "X-HTTP-Method-Override: GET", "-d", "fields=email&prettyPrint=false");
    assert.equal(got.body, `{"email":"${subject.serviceAccount}"}\n`);
  },
);

test("fields and prettyPrint say how much of an answer is wanted, and how it is written", { skip }, async () => {
  for (const query of [
    "fields=name,template(containers/image)&prettyPrint=false",
    "$fields=name,template.containers.image&$prettyPrint=0",
  ]) {
    const { body } = await curl(`${service}?${query}`);
    const image = "us-docker.pkg.dev/cloudrun/container/hello";
    assert.equal(body, `${JSON.stringify({ name: serviceName, template: { containers: [{ image }] } })}\n`, query);
  }
});

test(
  "JSON is read as Protocol Buffers read it: either spelling, null for nothing, numbers as text",
  { skip },
  async () => {
    const policy = { version: "1", bindings: [{ ...invoker, condition: null }], etag: null, audit_configs: null };
    const { status, body } = await curl(
      `${service}:setIamPolicy`,
      ...json,
      JSON.stringify({ policy, update_mask: "bindings" }),
    );
    assert.equal(status, 200, body);
    assert.deepEqual(JSON.parse(body).bindings, [invoker]);
  },
);

test("a misspelt field is refused by Google's sentence, and changes nothing", { skip }, async () => {
  const policy = { bindngs: [], bindings: [{ role: 1, members: [["x"]] }], version: "x" };
  const { status, body } = await curl(`${service}:setIamPolicy`, ...json, JSON.stringify({ policy, extra: 1 }));
  assert.equal(status, 400);
  const { message, details } = JSON.parse(body).error;
  const sentences = [
    `Invalid JSON payload received. Unknown name "bindngs" at 'policy': Cannot find field.`,
    "Invalid value at 'policy.bindings[0].role' (TYPE_STRING), 1",
    `Invalid JSON payload received. Unknown name "members[0]" at 'policy.bindings[0]': Proto field is not repeating, cannot start list.`,
    `Invalid value at 'policy.version' (TYPE_INT32), "x"`,
    'Invalid JSON payload received. Unknown name "extra": Cannot find field.',
  ];
  assert.equal(message, sentences.join("\n"));
  assert.deepEqual(
    details[0].fieldViolations.map(({ description }: { description: string }) => description),
    sentences,
  );
  const { body: kept } = await curl(`${service}:getIamPolicy`);
  assert.deepEqual(JSON.parse(kept).bindings, [invoker]);
});

test("updateMask leaves the rest of a policy as it was, the audit configuration by default", { skip }, async () => {
  const write = async (sent: object): Promise<{ status: number; body: string }> =>
    curl(`${service}:setIamPolicy`, ...json, JSON.stringify(sent));
  const auditConfigs = [{ service: "allServices", auditLogConfigs: [{ logType: "DATA_READ" }] }];
  const both = await write({ policy: { bindings: [invoker], auditConfigs }, updateMask: "bindings,auditConfigs,etag" });
  assert.deepEqual(JSON.parse(both.body).auditConfigs, auditConfigs);
  const byDefault = JSON.parse((await write({ policy: { bindings: [] } })).body);
  assert.deepEqual([byDefault.bindings, byDefault.auditConfigs], [undefined, auditConfigs]);
  const cleared = JSON.parse((await write({ policy: { bindings: [invoker] }, updateMask: "audit_configs" })).body);
  assert.deepEqual([cleared.bindings, cleared.auditConfigs], [undefined, undefined]);
  assert.equal((await write({ policy: {}, updateMask: "nosuch" })).status, 400);
});

test(
  "a service is read in either spelling, and a misspelt field of it refused, with a mask or without",
  { skip },
  async () => {
    const services = service.slice(0, service.lastIndexOf("/"));
    const template = { containers: [{ image: "example.com/web", env: [{ name: "under_score", value: "x" }] }] };
    const spelt = {
      custom_audiences: ["a"],
      labels: { under_score: "y" },
      template: { ...template, max_instance_request_concurrency: 5 },
    };
    const { status, body } = await curl(`${services}?serviceId=spelt`, ...json, JSON.stringify(spelt));
    assert.equal(status, 200, body);
    const made = JSON.parse((await curl(`${services}/spelt`)).body);
    assert.deepEqual([made.customAudiences, made.labels], [["a"], { under_score: "y" }]);
    assert.equal(made.template.maxInstanceRequestConcurrency, 5);
    assert.equal(made.template.containers[0].env[0].name, "under_score");
    for (const [query, method] of [
      ["?serviceId=other", "POST"],
      ["/spelt", "PATCH"],
      ["/spelt?updateMask=labels", "PATCH"],
    ] as const) {
      const refused = await curl(`${services}${query}`, "-X", method, ...json, JSON.stringify({ template, nosuch: 1 }));
      const sentence = `Invalid JSON payload received. Unknown name "nosuch" at 'service': Cannot find field.`;
      assert.equal(JSON.parse(refused.body).error.message, sentence);
    }
  },
);
