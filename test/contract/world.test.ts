/** What a world can hold and most real projects cannot be given for a test: met by curl, as `situations.test.ts` does the rest. */
import { after, before, test } from "node:test";
import type { World, WorldService } from "../../src/emulator/world/world.ts";
import { acmeWorld, organizationId } from "../support/acme-world.ts";
import { startBackend } from "../support/loopback.ts";
import type { Backend } from "../support/loopback.ts";
import { curl } from "../situations/curl.ts";
import type { CurlAnswer } from "../situations/curl.ts";
import { assertExpected } from "../situations/expected.ts";
import type { Expected, Question } from "../situations/situation.ts";
import { fetchTokens, missingCommand, startSubject } from "./fixture.ts";
import type { Subject } from "./fixture.ts";

const skip = missingCommand("curl");
const role = "roles/run.invoker";
const to = (...members: string[]): readonly { role: string; members: string[] }[] => [{ role, members }];

/** Each gets in, or not, in a way of their own. */
const people = [
  "custom",
  "org-custom",
  "disabled-custom",
  "org",
  "outer",
  "inner",
  "project",
  "service",
  "nested",
  "denied",
  "exempt",
  "nobody",
] as const;
const guest = "guest@partner.example";
const emailOf = (name: string): string => (name === "guest" ? guest : `${name}@example.com`);
const member = (name: string): string => `user:${emailOf(name)}`;

const under = (title: string, expression: string): NonNullable<WorldService["bindings"]> => [
  { ...to(member("nobody"))[0]!, condition: { title, expression } },
];

const service = (name: string, change: Partial<WorldService>): WorldService => ({
  name,
  project: "demo-project",
  region: "us-central1",
  ...change,
});

function worldOf(silent: Backend): World {
  const world = acmeWorld({
    organization: {
      bindings: to(member("org")),
      allowedPolicyMemberDomains: ["C01acme"],
      roles: [{ id: "calls", includedPermissions: ["run.routes.invoke"] }],
    },
    outer: {
      bindings: to(member("outer")),
      denyPolicies: [
        {
          id: "no-calls",
          rules: [
            {
              denyRule: {
                deniedPrincipals: ["principalSet://goog/group/denied@example.com"],
                exceptionPrincipals: ["principal://goog/subject/exempt@example.com"],
                deniedPermissions: ["run.googleapis.com/routes.invoke"],
              },
            },
            {
              denyRule: {
                deniedPrincipals: ["principalSet://goog/public:all"],
                deniedPermissions: ["run.googleapis.com/routes.invoke"],
                denialCondition: {
                  title: "locked",
                  expression: `resource.matchTag("${organizationId}/access", "locked")`,
                },
              },
            },
          ],
        },
      ],
    },
    inner: { bindings: to(member("inner")) },
    project: {
      bindings: [
        ...to(member("project"), "group:all@example.com", member("denied"), member("exempt")),
        { role: "roles/owner", members: ["user:admin@example.com"] },
        { role: "projects/demo-project/roles/calls", members: [member("custom")] },
        { role: `organizations/${organizationId}/roles/calls`, members: [member("org-custom")] },
        { role: "projects/demo-project/roles/off", members: [member("disabled-custom")] },
      ],
      roles: [
        { id: "calls", includedPermissions: ["run.routes.invoke"] },
        { id: "off", includedPermissions: ["run.routes.invoke"], stage: "DISABLED" },
      ],
    },
    groups: [
      { email: "all@example.com", members: ["group:some@example.com"] },
      { email: "some@example.com", members: [member("nested"), "group:all@example.com"] },
      { email: "denied@example.com", members: [member("denied"), member("exempt")] },
    ],
    users: [...people, "guest"].map((name) => ({ email: emailOf(name) })),
  });
  return {
    ...world,
    services: [
      service("my-service", { bindings: to(member("service")) }),
      service("twice", {}),
      service("twice", { region: "europe-west1", bindings: to(member("nobody")) }),
      service("partners", { bindings: to("domain:partner.example") }),
      service("signed-in", { bindings: to("allAuthenticatedUsers") }),
      service("locked", { bindings: to("allUsers"), resourceTags: { [`${organizationId}/access`]: "locked" } }),
      service("gone", { bindings: to(`deleted:${member("nobody")}?uid=123456789012345678901`) }),
      service("daytime", { bindings: under("day", 'request.time.getHours("Europe/Berlin") < 12') }),
      service("nighttime", { bindings: under("night", 'request.time.getHours("Europe/Berlin") >= 12') }),
      service("slow", { bindings: to("allUsers"), backend: silent.url.href, timeoutSeconds: 1 }),
      service("open", { bindings: to("allUsers") }),
      service("own", { bindings: to("serviceAccount:invoker@demo-project.iam.gserviceaccount.com") }),
    ],
    defaults: { ...world.defaults, accounts: ["admin@example.com", ...people.map(emailOf), guest] },
  };
}

interface Row {
  readonly name: string;
  readonly ask: () => Promise<Question>;
  readonly expect: Expected;
}

const html = "text/html; charset=UTF-8";
const letThrough: Expected = { status: 200 };
const forbidden: Expected = {
  status: 403,
  headers: { "content-type": html, "www-authenticate": undefined },
  body: /<h1>Error: Forbidden<\/h1>/,
};

let silent: Backend;
let subject: Subject;
const answers = new Map<string, CurlAnswer>();

/** A call with the token that gcloud prints for somebody; without somebody none. */
const call =
  (to_: string, who?: string, headers: Question["headers"] = [], region = "us-central1") =>
  async (): Promise<Question> => ({
    url: subject.emulator.serviceUrl(to_, region),
    headers: [
      ...(who === undefined
        ? []
        : [["Authorization", `Bearer ${(await fetchTokens(subject, emailOf(who))).id_token}`] as const]),
      ...headers,
    ],
  });

/** The owner writes a policy. */
const write = (members: readonly string[]) => async (): Promise<Question> => ({
  method: "POST",
  url: "https://run.googleapis.com/v2/projects/demo-project/locations/us-central1/services/open:setIamPolicy",
  headers: [["Authorization", `Bearer ${(await fetchTokens(subject, "admin@example.com")).access_token}`]],
  body: { policy: { bindings: to(...members) } },
});
const refusedPolicy = (status: string, message: RegExp): Expected => ({
  status: 400,
  headers: { "content-type": "application/json; charset=UTF-8" },
  body: new RegExp(`"message": ?"${message.source}"[^]*"status": ?"${status}"`),
});

const pool = "principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/p/subject";

const rows: readonly Row[] = [
  ...(["org", "outer", "inner", "project", "service"] as const).map((level) => ({
    name: `a role on the ${level}: let through`,
    ask: call("my-service", level),
    expect: letThrough,
  })),
  { name: "a role on nothing: 403", ask: call("my-service", "nobody"), expect: forbidden },
  { name: "a role of a group in a group: let through", ask: call("my-service", "nested"), expect: letThrough },
  { name: "a role of the user's domain: let through", ask: call("partners", "guest"), expect: letThrough },
  { name: "a role of another domain: 403", ask: call("partners", "nobody"), expect: forbidden },
  { name: "a custom role of the project: let through", ask: call("my-service", "custom"), expect: letThrough },
  { name: "a custom role of the organisation: let through", ask: call("my-service", "org-custom"), expect: letThrough },
  { name: "a custom role that is disabled: 403", ask: call("my-service", "disabled-custom"), expect: forbidden },
  { name: "everybody who is signed in: let through", ask: call("signed-in", "guest"), expect: letThrough },
  { name: "everybody who is signed in, and nobody is: 403", ask: call("signed-in"), expect: forbidden },
  {
    name: "a deny rule on a folder against a role below it: 403",
    ask: call("my-service", "denied"),
    expect: forbidden,
  },
  { name: "an exception of the deny rule: let through", ask: call("my-service", "exempt"), expect: letThrough },
  { name: "a deny rule for resources of a tag, on a public service: 403", ask: call("locked"), expect: forbidden },
  { name: "a role of a deleted account of the same name: 403", ask: call("gone", "nobody"), expect: forbidden },
  {
    name: "a condition on the hour of a place, which holds: let through",
    ask: call("daytime", "nobody"),
    expect: letThrough,
  },
  {
    name: "a condition on the hour of a place, which does not: 403",
    ask: call("nighttime", "nobody"),
    expect: forbidden,
  },
  {
    name: "one of two services of a name, in the region where one may call: let through",
    ask: call("twice", "nobody", [], "europe-west1"),
    expect: letThrough,
  },
  { name: "the other one, in the other region: 403", ask: call("twice", "nobody"), expect: forbidden },
  {
    name: "no answer in the time of the service: 504 (a guess: request-timeout)",
    ask: call("slow"),
    expect: { status: 504, body: /^upstream request timeout$/ },
  },
  {
    name: "the service gets gcloud's token of a person without its signature",
    ask: call("my-service", "service"),
    expect: { status: 200, body: /"authorization": ?"Bearer [\w-]+\.[\w-]+\.SIGNATURE_REMOVED_BY_GOOGLE"/ },
  },
  {
    name: "the service gets X-Serverless-Authorization without its signature, and Authorization as it was",
    ask: async () => ({
      url: subject.emulator.serviceUrl("my-service"),
      headers: [
        ["X-Serverless-Authorization", `Bearer ${(await fetchTokens(subject, emailOf("service"))).id_token}`],
        ["Authorization", "Bearer the-app's-own"],
      ],
    }),
    expect: {
      status: 200,
      body: /"x-serverless-authorization": ?"Bearer [\w-]+\.[\w-]+\.SIGNATURE_REMOVED_BY_GOOGLE"[^]*"authorization": ?"Bearer the-app's-own"/,
    },
  },
  {
    name: "the service gets a trace, and the scheme and address of who called",
    ask: call("open"),
    expect: {
      status: 200,
      body: /"x-forwarded-for": ?"127\.0\.0\.1"[^]*"x-forwarded-proto": ?"https"[^]*"forwarded": ?"for=\\"127\.0\.0\.1\\";proto=https"[^]*"x-cloud-trace-context": ?"[\da-f]{32}\/\d+;o=1"[^]*"traceparent": ?"00-/,
    },
  },
  {
    name: "what the client says of the way stays in front (a guess: forwarded-headers)",
    ask: call("open", undefined, [["X-Forwarded-For", "192.0.2.1"]]),
    expect: { status: 200, body: /"x-forwarded-for": ?"192\.0\.2\.1, 127\.0\.0\.1"/ },
  },
  {
    name: "the service gets no header that says who called",
    ask: call("my-service", "service"),
    expect: { status: 200, body: /^(?![^]*x-goog-authenticated-user)/ },
  },
  {
    name: "a member of another customer, where the organisation shares with its own only: 400",
    ask: write([`user:${guest}`]),
    expect: refusedPolicy(
      "FAILED_PRECONDITION",
      /One or more users named in the policy do not belong to a permitted customer, {2}perhaps due to an organization policy\./,
    ),
  },
  {
    name: "a policy of 1,501 members: 400 (a guess: policy-texts)",
    ask: write(Array.from({ length: 1501 }, (_, at) => `${pool}/${at}`)),
    expect: refusedPolicy("INVALID_ARGUMENT", /The number of members in the policy \(1501\)[^"]*/),
  },
  {
    name: "a policy of 251 domains: 400 (a guess: policy-texts)",
    ask: write(Array.from({ length: 251 }, (_, at) => `domain:d${at}.example`)),
    expect: refusedPolicy("INVALID_ARGUMENT", /The number of groups and domains in the policy \(251\)[^"]*/),
  },
];

before(async () => {
  if (skip !== false) return;
  silent = await startBackend(() => {});
  subject = await startSubject(worldOf(silent));
  subject.emulator.clock.setMs(Date.parse("2026-11-25T10:59:00Z")); // one minute to noon in Berlin
  const asked = await Promise.all(rows.map(({ ask }) => ask()));
  const got = await curl(asked, { env: subject.variables });
  rows.forEach(({ name }, at) => answers.set(name, got[at]!));
});
after(async () => {
  await subject?.[Symbol.asyncDispose]();
  await silent?.[Symbol.asyncDispose]();
});

for (const { name, expect } of rows) {
  test(name, { skip }, () => {
    const { status, headers, body } = answers.get(name)!;
    assertExpected({ status, headers: Object.fromEntries(headers), body: body.trim() }, expect);
  });
}
