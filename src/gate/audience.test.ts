import assert from "node:assert/strict";
import { test } from "node:test";
import { adcClientId, gcloudClientId } from "../google/oauth.ts";
import { judgeAudience } from "./audience.ts";
import type { AudienceOptions } from "./audience.ts";
import type { GateService, Principal } from "./view.ts";

const deterministic = "https://web-123456789012.us-central1.run.app";
const hashed = "https://web-abc-uc.a.run.app";
const service: GateService = {
  name: "projects/p/locations/us-central1/services/web",
  urls: [deterministic, hashed],
  customAudiences: ["free form", "https://api.example.com/v1"],
  ingress: "INGRESS_TRAFFIC_ALL",
  invokerIamDisabled: false,
  defaultUriDisabled: false,
};
const user: Principal = { kind: "user", email: "dev@example.com", subject: "1", state: "active" };
const account: Principal = {
  kind: "serviceAccount",
  email: "sa@p.iam.gserviceaccount.com",
  subject: "2",
  state: "active",
};

function judge(audience: string, principal: Principal | undefined = account, options?: AudienceOptions): string {
  const step = judgeAudience(audience, service, principal, new URL(deterministic).host, options);
  return `${step.outcome} ${step.grade}`;
}

test("every address of the service counts, with one trailing slash or none", () => {
  assert.equal(judge(deterministic), "passed documented");
  assert.equal(judge(`${deterministic}/`), "passed documented");
  assert.equal(judge(`${deterministic}//`), "failed guess");
});

test("an address counts for requests to another one (a guess: other-address)", () => {
  assert.equal(judge(hashed), "passed guess");
  assert.equal(judge(`${hashed}/`), "passed guess");
  const atTag = judgeAudience(hashed, service, account, "green---web-abc-uc.a.run.app");
  assert.equal(atTag.grade, "documented");
});

test("that addresses count for each other is a switch (a guess: other-address)", () => {
  assert.equal(judge(hashed, account, { acceptOtherAddress: false }), "failed guess");
  assert.equal(judge(deterministic, account, { acceptOtherAddress: false }), "passed documented");
});

test("custom audiences are taken to the letter", () => {
  assert.equal(judge("free form"), "passed documented");
  assert.equal(judge("https://api.example.com/v1"), "passed documented");
  assert.equal(judge("Free form"), "failed documented");
  assert.equal(judge("https://api.example.com/v1/"), "failed documented");
  assert.equal(judge("https://api.example.com"), "failed documented");
});

test("gcloud's client counts for users, as whoever they turn out to be", () => {
  assert.equal(judge(gcloudClientId, user), "passed documented");
  assert.equal(judgeAudience(gcloudClientId, service, undefined, "x").outcome, "passed");
  assert.equal(judge(gcloudClientId, account), "failed guess");
  assert.equal(judge(`${gcloudClientId}/`, user), "failed documented");
});

test("the client of Application Default Credentials is a switch (a guess: adc-client)", () => {
  assert.equal(judge(adcClientId, user), "failed guess");
  assert.equal(judge(adcClientId, user, { acceptAdcClient: true }), "passed guess");
  assert.equal(judge(adcClientId, account, { acceptAdcClient: true }), "failed guess");
});

test("a custom audience wins over what is known of a client", () => {
  const own = { ...service, customAudiences: [adcClientId] };
  assert.equal(judgeAudience(adcClientId, own, user, "x").outcome, "passed");
});

test("an address with a path is a switch (a guess: audience-path)", () => {
  assert.equal(judge(`${deterministic}/push`), "failed guess");
  assert.equal(judge(`${deterministic}/push?x=1`, account, { acceptAudiencePath: true }), "passed guess");
  assert.equal(judge(`${deterministic}.evil.example/`, account, { acceptAudiencePath: true }), "failed documented");
  assert.equal(judge(`${deterministic}?x=1`, account, { acceptAudiencePath: true }), "failed documented");
});

test("a tag's address never counts, and the step says what does", () => {
  const tagged = deterministic.replace("https://", "https://green---");
  const withTag = { ...service, urls: [...service.urls, tagged] };
  for (const audience of [tagged, `${tagged}/`, `${tagged}/path`]) {
    const step = judgeAudience(audience, withTag, account, "x", { acceptAudiencePath: true });
    assert.equal(step.outcome, "failed");
    assert.match(step.detail, /the service's own is needed/);
  }
});
