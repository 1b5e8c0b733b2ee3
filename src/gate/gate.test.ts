import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../core/clock.ts";
import { createGate } from "./gate.ts";
import type { GateService, GateView } from "./gate.ts";

const service: GateService = {
  name: "projects/p/locations/us-central1/services/web",
  urls: ["https://web.run.app"],
  customAudiences: [],
  ingress: "INGRESS_TRAFFIC_ALL",
  invokerIamDisabled: false,
  defaultUriDisabled: false,
};

function createView(changes: Partial<GateService> = {}, members: string[] = []): GateView {
  return {
    revision: 1,
    serviceByHost: (host) => (host === "unknown" ? undefined : { ...service, ...changes }),
    verificationKey: () => undefined,
    principalBySubject: () => undefined,
    policiesOf: (resource) => [{ resource, policy: { bindings: [{ role: "roles/run.invoker", members }] } }],
    groupsOf: () => new Set(),
  };
}

function decide(view: GateView, host: string, ...rawHeaders: string[]): string {
  const decision = createGate(view, systemClock).decide({ method: "GET", host, path: "/", rawHeaders });
  const rules = decision.steps.map(({ rule, outcome }) => `${rule} ${outcome}`).join(", ");
  return `${decision.allowed ? 200 : decision.status}: ${rules}`;
}

test("every rule that was asked leaves a step, in order", () => {
  const view = createView();
  const reached = "host passed, ingress passed";
  assert.equal(decide(view, "unknown"), "404: host failed");
  assert.equal(decide(view, "web.run.app"), `403: ${reached}, credential skipped, permission failed`);
  assert.equal(decide(view, "web.run.app", "Authorization", "x"), `401: ${reached}, credential failed`);
  assert.equal(
    decide(view, "web.run.app", "Authorization", "Bearer x"),
    `401: ${reached}, credential passed, token failed`,
  );
});

test("a public service says why a credential did not count, and lets the request pass", () => {
  const view = createView({}, ["allUsers"]);
  const reached = "host passed, ingress passed";
  assert.equal(
    decide(view, "web.run.app", "Authorization", "Bearer x"),
    `200: ${reached}, credential passed, token failed, permission passed`,
  );
});

test("a service without invoker check asks for no credential", () => {
  assert.equal(
    decide(createView({ invokerIamDisabled: true }), "web.run.app", "Authorization", "Bearer x"),
    "200: host passed, ingress passed, invoker check skipped",
  );
});

test("a disabled default address is closed at run.app and its local stand-in, not at a domain of the owner's", () => {
  const view = createView({ defaultUriDisabled: true }, ["allUsers"]);
  assert.match(decide(view, "web.run.app"), /^404: .*default address failed$/);
  assert.match(decide(view, "web.localhost"), /^404: .*default address failed$/);
  assert.match(decide(view, "api.example.com"), /^200: /);
});

test("a clock skew that is no duration is refused", () => {
  for (const clockSkewMs of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => createGate(createView(), systemClock, { clockSkewMs }), TypeError);
  }
});
