import type { Question, Situation } from "./situation.ts";
import type { Stage, StageAccount } from "./stage.ts";

const json = { "content-type": "application/json; charset=UTF-8", "www-authenticate": undefined };
const failed = (
  code: number,
  status: string,
  message: string,
): { status: number; headers: typeof json; body: object } => ({
  status: code,
  headers: json,
  body: { error: { code, message, status } },
});
/** An error whose sentence nobody has published. */
const wrong = {
  status: 400,
  headers: json,
  body: /"status":"INVALID_ARGUMENT"/,
} as const;

/** A service of the stage that nobody calls, and whose policy may so be written. */
const scratch = (stage: Stage): string => stage.admin("inside");

type Bindings = (stage: Stage) => readonly object[];

/** Writes a policy as the owner. */
const write =
  (bindings: Bindings, more: object = {}) =>
  async (stage: Stage): Promise<Question> => ({
    method: "POST",
    url: `${scratch(stage)}:setIamPolicy`,
    headers: [await stage.asSelf()],
    body: { policy: { bindings: bindings(stage), ...more } },
  });

const ask =
  (path: (stage: Stage) => string, body?: (stage: Stage) => object) =>
  async (stage: Stage): Promise<Question> => ({
    url: path(stage),
    headers: [await stage.asSelf()],
    ...(body ? { method: "POST", body: body(stage) } : {}),
  });

const invoker = "roles/run.invoker";
const to = (...members: string[]): object => ({ role: invoker, members });
const account = (stage: Stage, name: StageAccount): string => `serviceAccount:${stage.email(name)}`;
const callerOnly: Bindings = (stage) => [to(account(stage, "caller"))];
const until = { title: "until", expression: 'request.time < timestamp("2100-01-01T00:00:00Z")' };

/** How policies of services are read and written, and what is refused. */
export const policySituations: readonly Situation[] = [
  {
    name: "the policy of a service that never had one is an etag",
    ask: ask((stage) => `${scratch(stage)}:getIamPolicy`),
    expect: { status: 200, headers: json, body: { etag: "ACAB" } },
  },
  {
    name: "a policy written with an old etag: 409, and what to do",
    ask: write(callerOnly, { etag: "BwUjMhCsNvY=" }),
    expect: failed(
      409,
      "ABORTED",
      "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.",
    ),
  },
  {
    name: "a member of an unknown type: 400",
    ask: write(() => [to("nobody")]),
    expect: failed(
      400,
      "INVALID_ARGUMENT",
      "The member nobody is of an unknown type. Please set a valid type prefix for the member.",
    ),
  },
  {
    name: "a user who does not exist: 400",
    ask: write((stage) => [to(`user:runpass-live-${stage.suffix}@gmail.com`)]),
    expect: failed(400, "INVALID_ARGUMENT", "User EMAIL does not exist."),
  },
  {
    name: "a service account that does not exist: 400 (a guess: missing-account-text)",
    ask: write((stage) => [to(`serviceAccount:none-${stage.suffix}@${stage.project}.iam.gserviceaccount.com`)]),
    expect: failed(400, "INVALID_ARGUMENT", "Service account EMAIL does not exist."),
  },
  {
    name: "a group that does not exist: 400 (a guess: missing-account-text)",
    ask: write((stage) => [to(`group:runpass-live-${stage.suffix}@googlegroups.com`)]),
    expect: failed(400, "INVALID_ARGUMENT", "Group EMAIL does not exist."),
  },
  {
    name: "a role that is not for services: 400 (a guess: unsupported-role-text)",
    ask: write((stage) => [{ role: "roles/iam.serviceAccountUser", members: [account(stage, "caller")] }]),
    expect: failed(400, "INVALID_ARGUMENT", "Role roles/iam.serviceAccountUser is not supported for this resource."),
  },
  {
    name: "a policy version that there is not: 400 (a guess: policy-texts)",
    ask: write(callerOnly, { version: 2 }),
    expect: wrong,
  },
  {
    name: "a condition in a policy of version 1: 400 (a guess: policy-texts)",
    ask: write((stage) => [{ ...to(account(stage, "caller")), condition: until }], { version: 1 }),
    expect: wrong,
  },
  {
    name: "a condition that does not compile: 400 (a guess: condition-error-text)",
    ask: write(
      (stage) => [{ ...to(account(stage, "caller")), condition: { title: "a", expression: "request.tim < 1" } }],
      {
        version: 3,
      },
    ),
    expect: wrong,
  },
  {
    name: "a condition with a loop: 400 (a guess: condition-loops)",
    ask: write(
      (stage) => [{ ...to(account(stage, "caller")), condition: { title: "a", expression: "[1].all(x, x > 0)" } }],
      { version: 3 },
    ),
    expect: wrong,
  },
  {
    name: "a condition of more than 2,048 characters: 400 (a guess: condition-length)",
    ask: write(
      (stage) => [
        { ...to(account(stage, "caller")), condition: { title: "a", expression: `"${"x".repeat(2047)}" == "x"` } },
      ],
      { version: 3 },
    ),
    expect: wrong,
  },
  {
    name: "who asks for version 3 sees the condition",
    ask: ask((stage) => `${stage.admin("until")}:getIamPolicy?options.requestedPolicyVersion=3`),
    expect: { status: 200, headers: json, body: /"condition":\{"expression":[^}]*"title":"future"\}.*"version":3/ },
  },
  {
    name: "who asks for version 1 sees no condition, and the role under another name",
    ask: ask((stage) => `${stage.admin("until")}:getIamPolicy?options.requestedPolicyVersion=1`),
    expect: {
      status: 200,
      headers: json,
      body: {
        bindings: [
          { members: ["serviceAccount:EMAIL"], role: "roles/run.invoker_withcond_HASH" },
          { members: ["serviceAccount:EMAIL"], role: "roles/run.invoker_withcond_HASH" },
        ],
        etag: "ETAG",
        version: 1,
      },
    },
  },
  {
    name: "a member of a deleted account is marked, with its id",
    ask: ask((stage) => `${stage.admin("private")}:getIamPolicy?options.requestedPolicyVersion=3`),
    expect: { status: 200, headers: json, body: /"deleted:serviceAccount:EMAIL\?uid=NUMBER"/ },
  },
  {
    name: "what one may do to a service, out of what one asks for",
    ask: ask(
      (stage) => `${stage.admin("private")}:testIamPermissions`,
      () => ({ permissions: ["run.routes.invoke", "run.services.get"] }),
    ),
    expect: { status: 200, headers: json, body: { permissions: ["run.routes.invoke", "run.services.get"] } },
  },
  {
    name: "what one may do to a service that is not there: nothing",
    ask: ask(
      (stage) => `${stage.admin("private")}-none:testIamPermissions`,
      () => ({ permissions: ["run.routes.invoke"] }),
    ),
    expect: { status: 200, headers: json, body: {} },
  },
  {
    name: "a wildcard among the permissions: 400 (a guess: policy-texts)",
    ask: ask(
      (stage) => `${stage.admin("private")}:testIamPermissions`,
      () => ({ permissions: ["run.*"] }),
    ),
    expect: wrong,
  },
  {
    name: "who may not write a policy is told which permission is missing",
    ask: async (stage) => ({
      method: "POST",
      url: `${scratch(stage)}:setIamPolicy`,
      headers: [["Authorization", `Bearer ${await stage.accessToken("outsider")}`]],
      body: { policy: {} },
    }),
    expect: {
      ...failed(403, "PERMISSION_DENIED", ""),
      body: /"message":"Permission 'run\.services\.setIamPolicy' denied on resource '[^']+' \(or resource may not exist\)\."/,
    },
  },
  // The last one, since it is the only one that changes something.
  {
    name: "members and bindings that are there twice are kept once (a guess: policy-normalisation)",
    ask: write((stage) => {
      const member = account(stage, "caller");
      return [to(member, member), to(member)];
    }),
    expect: {
      status: 200,
      headers: json,
      body: { bindings: [{ members: ["serviceAccount:EMAIL"], role: invoker }], etag: "ETAG", version: 1 },
    },
  },
];
