import assert from "node:assert/strict";
import { test } from "node:test";
import type { GateService, GateView } from "../gate/view.ts";
import { createLocalView, explainLocalAudience } from "./local-view.ts";

const web: GateService = {
  name: "projects/p/locations/r/services/web",
  urls: ["https://web-1.r.run.app"],
  customAudiences: ["mine"],
  ingress: "INGRESS_TRAFFIC_ALL",
  invokerIamDisabled: false,
  defaultUriDisabled: false,
};
const asked: string[] = [];
const view: GateView = {
  revision: 7,
  serviceByHost: (host) => {
    asked.push(host);
    return host.endsWith("web-1.r.run.app") ? web : undefined;
  },
  verificationKey: () => undefined,
  principalBySubject: () => undefined,
  policiesOf: () => [],
  groupsOf: () => new Set(),
};
const local = createLocalView(view, {
  services: () => [{ project: "p", region: "r", service: "web" }],
  runAppHost: () => "web-1.r.run.app",
  port: () => 9470,
});

test("a local host is its service, with its address as one more audience", () => {
  assert.deepEqual(local.serviceByHost("web.localhost"), {
    ...web,
    customAudiences: ["mine", "http://web.localhost:9470", "http://web.localhost:9470/"],
  });
  assert.equal(local.serviceByHost("web-1.r.run.app"), web);
  assert.equal(local.serviceByHost("other.localhost"), undefined);
  assert.equal(local.revision, 7);
});

test("a tag goes with the host", () => {
  asked.length = 0;
  assert.ok(local.serviceByHost("green---web.localhost"));
  assert.deepEqual(asked, ["green---web-1.r.run.app"]);
});

test("the trace says that a local audience is a rule of the emulator's own, and leaves other steps alone (a guess: local-audience)", () => {
  const step = {
    rule: "audience",
    outcome: "passed",
    detail: 'aud "http://web.localhost:9470" is a custom audience of the service',
    fact: "custom-audience",
    grade: "documented",
  } as const;
  const explained = explainLocalAudience(step, "web.localhost", 9470);
  assert.equal(explained.grade, "guess");
  assert.match(explained.detail, /emulator's own/);
  for (const [other, host] of [
    [{ ...step, detail: 'aud "mine" is a custom audience of the service' }, "web.localhost"],
    [{ ...step, outcome: "failed" as const }, "web.localhost"],
    [step, "web-1.r.run.app"],
  ] as const) {
    assert.equal(explainLocalAudience(other, host, 9470), other);
  }
});
