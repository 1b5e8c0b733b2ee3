import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { before, test } from "node:test";
import type { TestContext } from "node:test";
import type { Diagnosis, Link } from "../../src/doctor/finding.ts";
import { defaultWorld } from "../../src/emulator/world.ts";
import type { World } from "../../src/emulator/world.ts";
import type { Policy } from "../../src/google/policy.ts";
import { loadConditions } from "../../src/gate/condition.ts";
import { forbiddenPage } from "../../src/gate/pages.ts";
import { callAs, serviceName } from "../contract/fixture.ts";
import type { Subject } from "../contract/fixture.ts";
import { acmeWorld } from "../support/acme-world.ts";
import { createCommandLine } from "../support/command-line.ts";
import type { CommandLine, CommandOptions } from "../support/command-line.ts";

before(loadConditions);

const dev = "user:dev@example.com";
const email = (id: string): string => `${id}@demo-project.iam.gserviceaccount.com`;
const account = `serviceAccount:${email("invoker")}`;
const invoker = "roles/run.invoker";
const idTokenCreator = "roles/iam.serviceAccountOpenIdTokenCreator";
const reader = { role: "roles/iam.securityAdmin", members: [dev] };
const auditor = { role: "roles/iam.securityReviewer", members: ["user:admin@example.com"] };
const viewer = { role: "roles/run.viewer", members: [dev] };
const has = (role: string, ...members: readonly string[]): { role: string; members: readonly string[] } => ({
  role,
  members,
});
const when = (expression: string): { title: string; expression: string } => ({ title: "t", expression });
const mayCall = { service: { bindings: [has(invoker, dev)] } };

type Levels = Parameters<typeof acmeWorld>[0];

/** The developer may read everything and set policies, unless a situation says otherwise. */
function worldOf(levels: Levels = {}, accounts: World["serviceAccounts"] = defaultWorld.serviceAccounts): World {
  const world = acmeWorld({
    ...levels,
    project: { bindings: [reader, viewer], ...levels.project },
    organization: { ...levels.organization, bindings: [auditor, ...(levels.organization?.bindings ?? [reader])] },
  });
  return { ...world, serviceAccounts: accounts };
}

function accountWith(...bindings: readonly { role: string; members: readonly string[] }[]): World["serviceAccounts"] {
  return [{ id: "invoker", project: "demo-project", bindings }];
}

function denying(principal: string, exceptions: readonly string[] = []): NonNullable<Levels["project"]> {
  const denyRule = {
    deniedPrincipals: [principal],
    exceptionPrincipals: exceptions,
    deniedPermissions: ["run.googleapis.com/routes.invoke"],
  };
  return { denyPolicies: [{ id: "no-calls", rules: [{ denyRule }] }] };
}

interface Situation {
  readonly world?: World;
  readonly words?: readonly string[];
  readonly options?: CommandOptions;
  /** `undefined`: the call works. */
  readonly cause: Link | undefined;
  readonly exitCode: number;
  readonly verdict?: RegExp;
  /** What `--fix` must write, and nothing else, so that the call works. Absent: it writes nothing. */
  readonly grants?: readonly (readonly [role: string, member: string])[];
}

const asAccount = ["--as", "invoker"];
const everyone = "principalSet://goog/public:all";

const situations: Readonly<Record<string, Situation>> = {
  "no role at all": { cause: "policy", exitCode: 4, grants: [[invoker, dev]] },
  "a role that reads but does not invoke": {
    world: worldOf({ service: { bindings: [has("roles/run.viewer", dev)] } }),
    cause: "policy",
    exitCode: 4,
    grants: [[invoker, dev]],
  },
  "a role of somebody else": {
    world: worldOf({ service: { bindings: [has(invoker, "user:admin@example.com")] } }),
    cause: "policy",
    exitCode: 4,
    grants: [[invoker, dev]],
  },
  "a binding that has ended": {
    world: worldOf({
      service: {
        bindings: [{ ...has(invoker, dev), condition: when('request.time < timestamp("2020-01-01T00:00:00Z")') }],
      },
    }),
    cause: "policy",
    exitCode: 4,
    verdict: /condition does not hold now/,
    grants: [[invoker, dev]],
  },
  "a binding that has not begun": {
    world: worldOf({
      service: {
        bindings: [{ ...has(invoker, dev), condition: when('request.time > timestamp("2120-01-01T00:00:00Z")') }],
      },
    }),
    cause: "policy",
    exitCode: 4,
    grants: [[invoker, dev]],
  },
  "a condition on what Cloud Run does not provide": {
    world: worldOf({ service: { bindings: [{ ...has(invoker, dev), condition: when('resource.name == "x"') }] } }),
    cause: "policy",
    exitCode: 4,
    grants: [[invoker, dev]],
  },
  "a binding of the domain of others": {
    world: worldOf({ service: { bindings: [has(invoker, "domain:other.example")] } }),
    cause: "policy",
    exitCode: 4,
    grants: [[invoker, dev]],
  },
  "a deny policy of the project": {
    world: worldOf({
      ...mayCall,
      project: { bindings: [reader, viewer], ...denying("principal://goog/subject/dev@example.com") },
    }),
    cause: "policy",
    exitCode: 4,
    verdict: /no-calls on projects\/demo-project denies/,
  },
  "a deny policy of the organisation": {
    world: worldOf({ ...mayCall, organization: denying(everyone) }),
    cause: "policy",
    exitCode: 4,
    verdict: /denies run\.routes\.invoke to principalSet/,
  },
  "a deny policy of a folder": {
    world: worldOf({ ...mayCall, inner: denying(everyone) }),
    cause: "policy",
    exitCode: 4,
    verdict: /on folders\/\d+ denies/,
  },
  "an exception to a deny policy": {
    world: worldOf({ ...mayCall, organization: denying(everyone, ["principal://goog/subject/dev@example.com"]) }),
    cause: undefined,
    exitCode: 0,
  },
  "a group that one is not in": {
    world: worldOf({
      service: { bindings: [has(invoker, "group:team@example.com")] },
      groups: [{ email: "team@example.com", members: [] }],
    }),
    cause: "call",
    exitCode: 7,
    verdict: /most likely for want of run\.routes\.invoke/,
    grants: [[invoker, dev]],
  },
  "a group that one is in": {
    world: worldOf({
      service: { bindings: [has(invoker, "group:team@example.com")] },
      groups: [{ email: "team@example.com", members: [dev] }],
    }),
    cause: undefined,
    exitCode: 0,
  },
  "policies that one may not read": {
    world: worldOf({
      service: { bindings: [reader] },
      project: { bindings: [viewer] },
      organization: { bindings: [] },
    }),
    cause: "call",
    exitCode: 7,
    grants: [[invoker, dev]],
  },
  "a role on the project": {
    world: worldOf({ project: { bindings: [reader, viewer, has(invoker, dev)] } }),
    cause: undefined,
    exitCode: 0,
  },
  "a role on the folder": {
    world: worldOf({ outer: { bindings: [has("roles/run.admin", dev)] } }),
    cause: undefined,
    exitCode: 0,
  },
  "everybody may": {
    world: worldOf({ service: { bindings: [has(invoker, "allUsers")] } }),
    cause: undefined,
    exitCode: 0,
  },
  "everybody signed in may": {
    world: worldOf({ service: { bindings: [has(invoker, "allAuthenticatedUsers")] } }),
    cause: undefined,
    exitCode: 0,
  },
  "no invoker check": { world: worldOf({ service: { invokerIamDisabled: true } }), cause: undefined, exitCode: 0 },
  "a service that does not exist": { words: ["no-such-service"], cause: "service", exitCode: 5 },
  "a misspelt service": { words: ["my-servce"], cause: "service", exitCode: 5, verdict: /no service my-servce/i },
  "the wrong region": { words: ["my-service@europe-west1"], cause: "service", exitCode: 5 },
  "addresses switched off": {
    world: worldOf({ service: { ...mayCall.service, defaultUriDisabled: true } }),
    cause: "service",
    exitCode: 5,
    verdict: /switched off/,
  },
  "internal traffic only": {
    world: worldOf({ service: { ...mayCall.service, ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY" } }),
    cause: "ingress",
    exitCode: 7,
  },
  "load balancers only": {
    world: worldOf({ service: { ...mayCall.service, ingress: "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" } }),
    cause: "ingress",
    exitCode: 7,
  },
  "internal only, and no role": {
    world: worldOf({ service: { ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY" } }),
    cause: "ingress",
    exitCode: 7,
  },
  "a reserved path": {
    world: worldOf(mayCall),
    words: ["my-service/_ah/warmup"],
    cause: "call",
    exitCode: 7,
    verdict: /404/,
  },
  "the path that Google keeps for itself": {
    world: worldOf(mayCall),
    words: ["my-service/healthz"],
    cause: "call",
    exitCode: 7,
  },
  "an account that one may not act as": {
    world: worldOf({ service: { bindings: [has(invoker, account)] } }),
    words: ["my-service", ...asAccount],
    cause: "impersonation",
    exitCode: 4,
    grants: [[idTokenCreator, dev]],
  },
  "an account that may not call": {
    world: worldOf({}, accountWith(has(idTokenCreator, dev))),
    words: ["my-service", ...asAccount],
    cause: "policy",
    exitCode: 4,
    grants: [[invoker, account]],
  },
  "both halves missing": {
    words: ["my-service", ...asAccount],
    cause: "impersonation",
    exitCode: 4,
    grants: [
      [invoker, account],
      [idTokenCreator, dev],
    ],
  },
  "an account that does not exist": {
    words: ["my-service", "--as", "nobody-here"],
    cause: "impersonation",
    exitCode: 5,
  },
  "a disabled account": {
    world: worldOf({ service: { bindings: [has(invoker, account)] } }, [
      { ...accountWith(has(idTokenCreator, dev))[0]!, state: "disabled" },
    ]),
    words: ["my-service", ...asAccount],
    cause: "impersonation",
    exitCode: 3,
  },
  "a deleted account": {
    world: worldOf({}, [{ ...accountWith()[0]!, state: "deleted" }]),
    words: ["my-service", ...asAccount],
    cause: "impersonation",
    exitCode: 5,
  },
  "a chain whose first link is missing": {
    world: worldOf({ service: { bindings: [has(invoker, account)] } }, [
      ...accountWith(has("roles/iam.serviceAccountTokenCreator", `serviceAccount:${email("middle")}`)),
      { id: "middle", project: "demo-project" },
    ]),
    words: ["my-service", "--as", `${email("middle")},${email("invoker")}`],
    cause: "impersonation",
    exitCode: 4,
  },
  "a whole chain": {
    world: worldOf({ service: { bindings: [has(invoker, account)] } }, [
      ...accountWith(has("roles/iam.serviceAccountTokenCreator", `serviceAccount:${email("middle")}`)),
      { id: "middle", project: "demo-project", bindings: [has("roles/iam.serviceAccountTokenCreator", dev)] },
    ]),
    words: ["my-service", "--as", `${email("middle")},${email("invoker")}`],
    cause: undefined,
    exitCode: 0,
  },
  "another audience, as an account": {
    world: worldOf({ service: { bindings: [has(invoker, account)] } }, accountWith(has(idTokenCreator, dev))),
    words: ["my-service", ...asAccount, "--audience", "https://example.com"],
    cause: "audience",
    exitCode: 7,
  },
  "a custom audience": {
    world: worldOf(
      { service: { bindings: [has(invoker, account)], customAudiences: ["https://api.example.com"] } },
      accountWith(has(idTokenCreator, dev)),
    ),
    words: ["my-service", ...asAccount, "--audience", "https://api.example.com"],
    cause: undefined,
    exitCode: 0,
  },
  "another audience, as a person": {
    world: worldOf(mayCall),
    words: ["my-service", "--audience", "https://example.com"],
    cause: "token",
    exitCode: 3,
  },
  "Application Default Credentials": {
    world: worldOf(mayCall),
    words: ["my-service", "--credentials", "adc"],
    cause: "audience",
    exitCode: 7,
    verdict: /not certain/,
  },
  "nobody logged in": {
    options: { variables: { CLOUDSDK_CONFIG: "/nonexistent", RUNPASS_CREDENTIALS: "gcloud" } },
    cause: "credentials",
    exitCode: 3,
  },
  "an account that gcloud does not know": {
    words: ["my-service", "--account", "stranger@example.com"],
    cause: "credentials",
    exitCode: 3,
  },
  "a user who was disabled": {
    world: {
      ...worldOf(mayCall),
      users: [{ email: "dev@example.com", state: "disabled" }, { email: "admin@example.com" }],
    },
    cause: "credentials",
    exitCode: 3,
  },
  "a user who was deleted": {
    world: {
      ...worldOf(mayCall),
      users: [{ email: "dev@example.com", state: "deleted" }, { email: "admin@example.com" }],
    },
    cause: "credentials",
    exitCode: 3,
  },
  "no rights to do anything about it": {
    world: worldOf({ project: { bindings: [viewer] }, organization: { bindings: [] } }),
    cause: "call",
    exitCode: 7,
  },
  "what Google answers for an API that fails": {
    world: {
      ...worldOf({ service: { bindings: [has(invoker, account)] } }, accountWith(has(idTokenCreator, dev))),
      trouble: { faults: [{ api: "iamcredentials.googleapis.com", status: 500 }] },
    },
    words: ["my-service", ...asAccount],
    cause: "impersonation",
    exitCode: 6,
  },
  "a grant that has not arrived": {
    world: { ...worldOf(), trouble: { propagationSeconds: 300 } },
    cause: "propagation",
    exitCode: 7,
  },
};

for (const [name, situation] of Object.entries(situations)) {
  test(`doctor finds ${situation.cause ?? "nothing"}: ${name}`, async () => {
    await using line = await createCommandLine(situation.world ?? worldOf());
    if (situation.cause === "propagation") {
      assert.equal((await line.runpass(["grant", "my-service"])).exitCode, 0);
    }
    const { words = ["my-service"], options } = situation;
    const call = ["doctor", ...(words[0]?.startsWith("--") ? ["my-service", ...words] : words), "--format", "json"];
    const { exitCode, stdout, stderr } = await line.runpass(call, options);
    assert.doesNotMatch(stdout + stderr, /eyJ|ya29\.|1\/\/emulator/, "a secret is shown");
    const diagnosis = JSON.parse(stdout) as Diagnosis;
    assert.equal(diagnosis.cause, situation.cause, stdout);
    assert.equal(exitCode, situation.exitCode, stdout);
    if (situation.verdict) assert.match(diagnosis.verdict, situation.verdict);
    const wanted = situation.grants ?? [];
    const planned = (diagnosis.repair?.grants ?? []).flatMap(({ role, members }) =>
      members.map((member) => [role, member]),
    );
    if (situation.grants) assert.deepEqual(planned, wanted);
    if (planned.length > 0) await checkRepair(line, call, situation);
  });
}

/** After `--fix` the call works, and nothing was granted beyond what was said. */
async function checkRepair(
  line: CommandLine,
  call: readonly string[],
  { grants = [], options }: Situation,
): Promise<void> {
  const old = await policies(line);
  const fixed = await line.runpass([...call, "--fix"], options);
  const now = await policies(line);
  const gained = now.filter((binding) => !old.includes(binding));
  assert.deepEqual(gained.toSorted(), grants.map(([role, member]) => `${role} ${member}`).toSorted());
  if (grants.length > 0) assert.equal(fixed.exitCode, 0, fixed.stdout);
}

/** Every role without a condition that somebody has on the service or the account. */
async function policies(line: CommandLine): Promise<readonly string[]> {
  const subject = line as unknown as Subject;
  const read = (method: string, path: string): Promise<Policy> =>
    callAs<Policy>(subject, "admin@example.com", method, `${path}:getIamPolicy?options.requestedPolicyVersion=3`);
  const all = await Promise.all([
    read("GET", `/v1/${serviceName}`),
    read("POST", `/v1/projects/demo-project/serviceAccounts/${email("invoker")}`).catch((): Policy => ({})), // deleted
  ]);
  return all.flatMap(({ bindings = [] }) =>
    bindings.flatMap(({ role, members, condition }) => (condition ? [] : members.map((member) => `${role} ${member}`))),
  );
}

test("answers of an app are told from Google's, however they look", async (t) => {
  for (const [status, body, verdict] of [
    [500, "broken", /app answered 500/],
    [404, "<title>404</title>", /app answered 404/],
    [403, "Error: Forbidden", /app answered 403/],
  ] as const) {
    const backend = await serve(t, (_request, response) =>
      response.writeHead(status, { "content-type": "text/html" }).end(body),
    );
    await using line = await createCommandLine(worldOf({ service: { bindings: [has(invoker, dev)], backend } }));
    const { exitCode, stdout } = await line.runpass(["doctor", "my-service"]);
    assert.equal(exitCode, 0);
    assert.match(stdout, verdict);
    assert.match(stdout, /look into the app itself/);
  }
});

test("a pasted response is explained without any login", async () => {
  await using line = await createCommandLine();
  const variables = { CLOUDSDK_CONFIG: "/nonexistent" };
  const { body } = forbiddenPage("/x");
  const page = await line.runpass(["doctor", "-"], { stdin: body, variables });
  assert.equal(page.exitCode, 7);
  assert.match(page.stdout, /Google's front end.*lacks run\.routes\.invoke/);
  const head =
    'HTTP/2 401\nwww-authenticate: Bearer error="invalid_token" error_description="The access token could not be verified"\n\n';
  assert.match((await line.runpass(["doctor", "-"], { stdin: head, variables })).stdout, /could not verify/);
  const own = await line.runpass(["doctor", "-"], { stdin: "HTTP/1.1 403 Forbidden\n\n{}", variables });
  assert.equal(own.exitCode, 0);
  assert.match(own.stdout, /not a page of Google's/);
  assert.match((await line.runpass(["doctor", "-"], { stdin: "hello", variables })).stdout, /this is no response/);
});

test("whoever may not repair it gets a message for somebody who may", async () => {
  await using line = await createCommandLine(
    worldOf({ project: { bindings: [viewer] }, organization: { bindings: [has("roles/iam.securityReviewer", dev)] } }),
  );
  const { stdout } = await line.runpass(["doctor", "my-service"]);
  assert.match(stdout, /--member user:dev@example\.com/, "the administrator is another account");
  assert.match(stdout, /Please grant roles\/run\.invoker for user:dev@example\.com/);
  assert.match(stdout, /gcloud run services add-iam-policy-binding my-service/);
});

async function serve(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
