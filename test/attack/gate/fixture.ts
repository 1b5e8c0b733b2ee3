/** A small world made by hand, with real RSA keys: what every attack is tried on. */
import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { createMovableClock } from "../../../src/core/clock.ts";
import type { MovableClock } from "../../../src/core/clock.ts";
import { createGate } from "../../../src/gate/gate.ts";
import type {
  Admission,
  Gate,
  GateOptions,
  GateRequest,
  GateService,
  GateView,
  Principal,
  Refusal,
} from "../../../src/gate/gate.ts";
import type { DenyRule } from "../../../src/google/deny-policy.ts";
import type { Binding } from "../../../src/google/policy.ts";

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export const makeKeyPair = (): KeyPair => generateKeyPairSync("rsa", { modulusLength: 2048 });

/** Google's key in this world, and one that the attacker made. */
export const googleKey: KeyPair = makeKeyPair();
export const foreignKey: KeyPair = makeKeyPair();
export const kid = "key-1";

export const startMs = 1_800_000_000_000;
export const startSeconds: number = startMs / 1000;

export const host = "web-123456789012.us-central1.run.app";
export const url: string = `https://${host}`;
export const otherUrl = "https://web-abcdefghij-uc.a.run.app";
/** Every host at which the service is: its addresses, a tag's, and a domain of its owner's. */
const hosts: ReadonlySet<string> = new Set([host, `green---${host}`, new URL(otherUrl).host, "api.example.com"]);

export const gcloudClient = "32555940559.apps.googleusercontent.com";
export const adcClient = "764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com";

export const user: Principal = { kind: "user", email: "dev@example.com", subject: "100", state: "active" };
export const account: Principal = {
  kind: "serviceAccount",
  email: "invoker@demo.iam.gserviceaccount.com",
  subject: "200",
  state: "active",
};

/** What a test may change; afterwards it raises `revision`. */
export interface FixtureWorld {
  revision: number;
  service: GateService;
  readonly keys: Map<string, KeyObject>;
  readonly principals: Map<string, Principal>;
  bindings: Binding[];
  projectBindings: Binding[];
  /** Custom roles of the project, with the permissions in them. */
  customRoles: ReadonlyMap<string, ReadonlySet<string>>;
  /** Of a deny policy on the project. */
  denyRules: DenyRule[];
  groups: string[];
}

export interface Fixture {
  readonly world: FixtureWorld;
  readonly clock: MovableClock;
  readonly gate: Gate;
  /** Decides about `GET /path` with these headers, name and value in turn. */
  decide(rawHeaders: readonly string[], request?: Partial<GateRequest>): Admission | Refusal;
  /** The same with a token in Authorization. */
  decideToken(token: string): Admission | Refusal;
}

const denyPolicy = {
  name: "policies/cloudresourcemanager.googleapis.com%2Fprojects%2Fdemo/denypolicies/no-calls",
  uid: "1",
  kind: "DenyPolicy",
  etag: "1",
  createTime: "",
  updateTime: "",
} as const;

/** One private service that user and account may invoke, at a frozen time. */
export function createFixture(options: GateOptions = {}): Fixture {
  const clock = createMovableClock({ nowMs: () => startMs });
  const world: FixtureWorld = {
    revision: 1,
    service: {
      name: "projects/demo/locations/us-central1/services/web",
      urls: [url, otherUrl],
      customAudiences: ["my-audience"],
      ingress: "INGRESS_TRAFFIC_ALL",
      invokerIamDisabled: false,
      defaultUriDisabled: false,
    },
    keys: new Map([[kid, googleKey.publicKey]]),
    principals: new Map([user, account].map((principal) => [principal.subject, principal])),
    bindings: [{ role: "roles/run.invoker", members: [`user:${user.email}`, `serviceAccount:${account.email}`] }],
    projectBindings: [],
    customRoles: new Map(),
    denyRules: [],
    groups: [],
  };
  const view: GateView = {
    get revision() {
      return world.revision;
    },
    serviceByHost: (asked) => (hosts.has(asked) ? world.service : undefined),
    verificationKey: (asked) => world.keys.get(asked),
    principalBySubject: (subject) => world.principals.get(subject),
    policiesOf: (resource) => [
      { resource, policy: { bindings: world.bindings }, customRoles: world.customRoles },
      {
        resource: "projects/demo",
        policy: { bindings: world.projectBindings },
        customRoles: world.customRoles,
        denyPolicies: [{ ...denyPolicy, rules: world.denyRules.map((denyRule) => ({ denyRule })) }],
      },
    ],
    groupsOf: () => new Set(world.groups),
  };
  const gate = createGate(view, clock, options);
  const decide: Fixture["decide"] = (rawHeaders, request) =>
    gate.decide({ method: "GET", host, path: "/path", rawHeaders, ...request });
  return { world, clock, gate, decide, decideToken: (token) => decide(["Authorization", `Bearer ${token}`]) };
}

export const header: Readonly<Record<string, unknown>> = { alg: "RS256", kid, typ: "JWT" };

/** Claims of a good token of the service account for the service. */
export const claims: Readonly<Record<string, unknown>> = {
  iss: "https://accounts.google.com",
  aud: url,
  azp: account.subject,
  sub: account.subject,
  iat: startSeconds,
  exp: startSeconds + 3600,
};

/** Claims of a good token that gcloud prints for the user. */
export const userClaims: Readonly<Record<string, unknown>> = {
  ...claims,
  aud: gcloudClient,
  azp: gcloudClient,
  sub: user.subject,
  email: user.email,
  email_verified: true,
};

/** Signs a token. Members given as `undefined` are left out. */
export function mint(
  changes: Readonly<Record<string, unknown>> = {},
  headerChanges: Readonly<Record<string, unknown>> = {},
  key: KeyObject = googleKey.privateKey,
): string {
  return signText(JSON.stringify({ ...header, ...headerChanges }), JSON.stringify({ ...claims, ...changes }), key);
}

/** Signs header and payload as they are spelt. */
export function signText(headerText: string, payloadText: string, key: KeyObject = googleKey.privateKey): string {
  const content = `${encode(headerText)}.${encode(payloadText)}`;
  return `${content}.${sign("RSA-SHA256", Buffer.from(content), key).toString("base64url")}`;
}

export function encode(content: string): string {
  return Buffer.from(content).toString("base64url");
}

/** Asserts that a decision refuses with a status, for a reason of a rule, and that nothing in it holds the token. */
export function assertRefused(
  decision: Admission | Refusal,
  code: Refusal["status"],
  rule: string,
  token?: string,
): void {
  assert.equal(decision.allowed, false);
  assert.ok(!decision.allowed && decision.status === code, `status ${code}: ${JSON.stringify(decision.steps.at(-1))}`);
  assert.equal(decision.steps.at(-1)?.outcome, "failed");
  assert.equal(decision.steps.at(-1)?.rule, rule);
  if (token !== undefined) assertNoToken(decision, token);
}

export function assertAdmitted(decision: Admission | Refusal): asserts decision is Admission {
  assert.ok(decision.allowed, JSON.stringify(decision.steps.at(-1)));
}

/** Asserts that no segment of a token stands in a decision's steps, headers or body. */
export function assertNoToken(decision: Admission | Refusal, token: string): void {
  const shown = JSON.stringify(decision.allowed ? decision.steps : { ...decision, service: undefined });
  for (const segment of token.split(".")) if (segment.length > 8) assert.ok(!shown.includes(segment));
}

/** The whole attack: a token in Authorization is refused with 401 for a reason of `rule`. */
export function assertTokenRefused(token: string, rule: string = "token", fixture: Fixture = createFixture()): void {
  assertRefused(fixture.decideToken(token), 401, rule, token);
}
