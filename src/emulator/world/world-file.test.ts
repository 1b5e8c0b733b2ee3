import assert from "node:assert/strict";
import { test } from "node:test";
import { RunpassError } from "../../core/errors.ts";
import { completeWorld, parseWorldFile } from "./world-file.ts";
import { defaultWorld } from "./world.ts";

/** What is wrong with a file, one line each. */
async function complaintsOf(text: string): Promise<readonly string[]> {
  try {
    await parseWorldFile(text, "world.yaml");
  } catch (error) {
    assert.ok(error instanceof RunpassError && error.code === "invalid_argument", String(error));
    return (error.why ?? "").split("\n").map((line) => line.trim());
  }
  return [];
}

test("what a file leaves out is the default world's, or follows from the rest", async () => {
  assert.deepEqual((await parseWorldFile("emulator: {}", "f"))?.world, defaultWorld);
  const parsed = await parseWorldFile(
    "emulator:\n  services:\n    - name: api\n      region: europe-west1\n    - name: web\n",
    "f",
  );
  assert.deepEqual(parsed?.world.services, [
    { name: "api", project: "demo-project", region: "europe-west1" },
    { name: "web", project: "demo-project", region: "europe-west1" },
  ]);
  assert.deepEqual(parsed.world.defaults, { ...defaultWorld.defaults, region: "europe-west1", service: "api" });
});

test("a file without a section emulator is about something else", async () => {
  assert.equal(await parseWorldFile("", "f"), undefined);
  assert.equal(await parseWorldFile("# nothing\n", "f"), undefined);
});

test("everything that does not fit is told at once, with line, column, reason and the nearest key", async () => {
  const text = `emulator:
  servces: []
  users:
    - email: 7
      stat: active
  services:
    - region: us-central1
      ingress: EVERYWHERE
`;
  assert.deepEqual(await complaintsOf(text), [
    'world.yaml:2:3: unknown key "servces": did you mean services?',
    "world.yaml:4:14: string is expected, not 7",
    'world.yaml:5:7: unknown key "stat": did you mean state?',
    'world.yaml:7:7: "name" is missing',
    "world.yaml:8:16: INGRESS_TRAFFIC_ALL or INGRESS_TRAFFIC_INTERNAL_ONLY or INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER or INGRESS_TRAFFIC_NONE is expected, not EVERYWHERE",
  ]);
  assert.deepEqual(await complaintsOf("emulators: {}\n"), [
    'world.yaml:1:1: unknown key "emulators": did you mean emulator?',
  ]);
});

test("what is no YAML is refused where it goes wrong", async () => {
  assert.match((await complaintsOf("emulator:\n  users: [\n")).join(), /^world\.yaml:3:1: /);
  assert.match((await complaintsOf("emulator:\n  users: []\n  users: []\n")).join(), /^world\.yaml:3:3: .*unique/);
});

const binding = (member: string, more = ""): string =>
  `emulator:\n  services:\n    - name: api\n      bindings:\n        - role: roles/run.invoker\n          members:\n            - ${member}\n${more}`;

for (const [what, text, complaint] of [
  ["a member in no form", binding("dev@example.com"), /^world\.yaml:7:15: .*no member in IAM's form/],
  ["an unknown member", binding("user:nobody@example.com"), /^world\.yaml:7:15: .*not in this world/],
  [
    "a role that is none",
    "emulator:\n  services:\n    - name: api\n      bindings:\n        - role: invoker\n          members: [allUsers]\n",
    /^world\.yaml:5:17: "invoker" is no role that can be granted on projects\/demo-project\/.*\/services\/api/,
  ],
  [
    "a backend that is none",
    "emulator:\n  services:\n    - name: api\n      backend: ftp://localhost\n",
    /^world\.yaml:4:16: "ftp:\/\/localhost", behind api, is neither "echo" nor an http or https URL/,
  ],
  [
    "a traffic tag that cannot be one",
    "emulator:\n  services:\n    - name: api\n      tags: [Green Tag]\n",
    /^world\.yaml:4:14: "Green Tag", of service api, cannot be a traffic tag/,
  ],
  [
    "a runtime account that is not there",
    "emulator:\n  services:\n    - name: api\n      serviceAccount: nobody\n",
    /^world\.yaml:4:23: service api runs as nobody, which is no service account of demo-project/,
  ],
  [
    "a key of a tag without its owner",
    "emulator:\n  services:\n    - name: api\n      resourceTags: { nokey: x }\n",
    /^world\.yaml:4:23: "nokey" is no tag key/,
  ],
  [
    "users who are not those of the default project",
    "emulator:\n  users:\n    - email: me@example.com\n",
    /^world\.yaml:3:5: the default project's policy names user:admin@example\.com: keep that user, or describe projects/,
  ],
  [
    "an entitlement that cannot be",
    "emulator:\n  projects:\n    - id: demo-project\n      number: '123456789012'\n      entitlements:\n        - id: me\n          eligible: [allUsers]\n          roles: [roles/run.invoker]\n",
    /"me" cannot be an entitlement's id/,
  ],
  [
    "a number that cannot be",
    "emulator:\n  trouble:\n    propagationSeconds: -1\n",
    /^world\.yaml:3:25: of its trouble, propagationSeconds is from 0 to a day, not -1/,
  ],
  [
    "a custom role that is not there",
    "emulator:\n  services:\n    - name: api\n      bindings:\n        - role: projects/demo-project/roles/none\n          members: [allUsers]\n",
    /^world\.yaml:5:17: .*projects\/demo-project\/roles\/none is not in this world/,
  ],
  [
    "two services of one name",
    "emulator:\n  services:\n    - name: api\n    - name: web\n    - name: api\n",
    /^world\.yaml:5:13: .*two of service api/,
  ],
  [
    "a condition that does not parse",
    binding(
      "user:dev@example.com",
      '          condition:\n            title: t\n            expression: "request.time <"\n',
    ),
    /^world\.yaml:\d+:\d+: .*condition/i,
  ],
  [
    "a service in no project of the world",
    "emulator:\n  services:\n    - name: api\n      project: elsewhere\n",
    /^world\.yaml:4:16: .*elsewhere/,
  ],
  [
    "a fault that makes no sense",
    "emulator:\n  trouble:\n    faults:\n      - service: my-service\n",
    /^world\.yaml:\d+:\d+: .*nothing would happen/,
  ],
] as const) {
  test(`a world that contradicts itself is refused with its place: ${what}`, async () => {
    assert.match((await complaintsOf(text)).join("\n"), complaint);
  });
}

test("identity pools are described, and a wrong expression is told with its line; the default pool goes with its project", async () => {
  const pools = (mapping: string): string =>
    [
      "emulator:",
      "  workloadIdentityPools:",
      "    - id: ci-pool",
      "      project: demo-project",
      "      providers:",
      "        - id: ci-provider",
      "          issuer: https://ci.example",
      "          jwks: { keys: [{ kty: RSA, kid: a, n: b, e: AQAB }] }",
      `          attributeMapping: { google.subject: "${mapping}" }`,
      "",
    ].join("\n");
  const described = await parseWorldFile(pools("assertion.sub"), "w.yaml");
  assert.equal(described?.world.workloadIdentityPools?.[0]?.providers[0]?.jwks?.keys[0]?.kty, "RSA");
  await assert.rejects(
    parseWorldFile(pools("assertion.sub +"), "w.yaml"),
    (error) => error instanceof RunpassError && /w\.yaml:9:\d+: .*which is no CEL/.test(error.why ?? ""),
  );
  const poolsOf = async (text: string): Promise<unknown> =>
    (await parseWorldFile(text, "w.yaml"))?.world.workloadIdentityPools?.map(({ id }) => id);
  assert.deepEqual(await poolsOf("emulator: {}"), ["demo-pool"]);
  assert.equal(completeWorld({ projects: [{ id: "other", number: "123456" }] }).workloadIdentityPools, undefined);
});
