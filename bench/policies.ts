import { generateKeyPairSync, sign } from "node:crypto";
import { createGateView } from "../src/emulator/gate-view.ts";
import { createState } from "../src/emulator/state/create-state.ts";
import { defaultWorld } from "../src/emulator/world/world.ts";
import { createGate } from "../src/gate/gate.ts";
import type { Gate, GateRequest, GateView } from "../src/gate/gate.ts";
import type { Binding } from "../src/google/policy.ts";
import { serviceKind } from "../src/emulator/run/records.ts";
import { median } from "./row.ts";
import type { Row } from "./row.ts";

const rounds = 201;
const decisionsARound = 20;
const account = "invoker@demo-project.iam.gserviceaccount.com";
/** Of every service, so that one token is good for all. */
const audience = "bench";
const nowMs = Date.now();
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** Who may call each service: 1,500 members, the one who calls the last of them. */
const members = [
  ...Array.from({ length: 1499 }, (_, index) => `serviceAccount:caller-${index}@demo-project.iam.gserviceaccount.com`),
  `serviceAccount:${account}`,
];

/**
 * Time of a decision, with a token that the gate has not seen, among 10,000 services whose policies have 1,500 members each,
 * against 10 such services: once each has been called, and for the first call of each. And, among 10, against a single member,
 * and under a condition.
 */
export async function benchPolicies(): Promise<Row[]> {
  const condition = { title: "until", expression: 'request.time < timestamp("2100-01-01T00:00:00Z")' };
  const { loadConditions } = await import("../src/gate/gate.ts");
  await loadConditions();
  const subjects = {
    few: createSubject(10, [`serviceAccount:${account}`]),
    ten: createSubject(10, members),
    many: createSubject(10_000, members),
    first: createSubject(10_000, members),
    conditional: createSubject(10, members, condition),
  };
  for (const name of ["few", "ten", "many", "conditional"] as const) subjects[name].callEach();
  const times: Record<keyof typeof subjects, number[]> = { few: [], ten: [], many: [], first: [], conditional: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const name of Object.keys(subjects) as (keyof typeof subjects)[]) {
      const { gate, requests } = subjects[name];
      const prepared = requests(round);
      const beganMs = performance.now();
      for (const request of prepared) {
        if (!gate.decide(request).allowed) throw new Error("a good token was refused: the figures mean nothing");
      }
      times[name].push(((performance.now() - beganMs) / decisionsARound) * 1000);
    }
  }
  const row = (
    subject: string,
    name: keyof typeof subjects,
    baseline: string,
    against: keyof typeof subjects,
  ): Row => ({
    subject,
    baseline,
    unit: "µs",
    value: median(times[name]),
    baselineValue: median(times[against]),
  });
  const goal = { of: "ratio", atMost: 1.2 } as const;
  return [
    { ...row("decision, 10,000 services", "many", "10 services", "ten"), goal },
    row("decision, first call of a service", "first", "10 services", "ten"),
    { ...row("decision, 1,500 members", "ten", "1 member", "few"), goal },
    row("decision, under a condition", "conditional", "none", "ten"),
  ];
}

interface Subject {
  readonly gate: Gate;
  /** Calls every service once. */
  callEach(): void;
  /** Requests to services here and there, each with a token of its own. */
  requests(round: number): readonly GateRequest[];
}

function createSubject(services: number, allowed: readonly string[], condition?: Binding["condition"]): Subject {
  const bindings = [{ role: "roles/run.invoker", members: allowed, ...(condition ? { condition } : {}) }];
  const common = { project: "demo-project", region: "us-central1", customAudiences: [audience], bindings };
  const names = Array.from({ length: services }, (_, index) => `service-${index}`);
  const [first = ""] = names;
  const clock = { nowMs: () => nowMs };
  const state = createState(
    {
      ...defaultWorld,
      services: names.map((name) => ({ name, ...common })),
      defaults: { ...defaultWorld.defaults, service: first },
    },
    clock,
  );
  const view = Object.create(createGateView(state)) as GateView;
  view.verificationKey = () => publicKey;
  const gate = createGate(view, clock);
  const urls = state.store.list(serviceKind).map((service) => service.urls[0] ?? "");
  const subject = state.findAccount(account)?.uniqueId ?? "";
  const request = (url: string, token: string): GateRequest => {
    const rawHeaders = ["Authorization", `Bearer ${token}`];
    return { method: "GET", host: new URL(url).host, path: "/", rawHeaders };
  };
  return {
    gate,
    callEach: () => {
      const token = mint(subject, -1);
      for (const url of urls) gate.decide(request(url, token));
    },
    requests: (round) =>
      Array.from({ length: decisionsARound }, (_, index) => {
        // A step that has no divisor in common with the count leads through all of them.
        const url = urls[((round * decisionsARound + index) * 7919) % urls.length] ?? "";
        return request(url, mint(subject, round * decisionsARound + index));
      }),
  };
}

function mint(subject: string, serial: number): string {
  const iat = Math.floor(nowMs / 1000);
  const claims = {
    iss: "https://accounts.google.com",
    aud: audience,
    azp: subject,
    sub: subject,
    iat,
    exp: iat + 3600,
    serial,
  };
  const content = [{ alg: "RS256", kid: "bench-key" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${content}.${sign("RSA-SHA256", Buffer.from(content), privateKey).toString("base64url")}`;
}
