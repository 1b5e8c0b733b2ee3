import assert from "node:assert/strict";
import { test } from "node:test";
import {
  account,
  adcClient,
  assertAdmitted,
  createFixture,
  gcloudClient,
  mint,
  otherUrl,
  url,
  user,
  userClaims,
} from "./fixture.ts";

// The control: what every attack is a variation of is let through, so a refusal elsewhere is due to the attack.
test("a service account's token for the service is admitted, and its principal named", () => {
  const decision = createFixture().decideToken(mint());
  assertAdmitted(decision);
  assert.equal(decision.principal, account);
});

test("a user's token for gcloud's client is admitted, and its principal named", () => {
  const decision = createFixture().decideToken(mint(userClaims));
  assertAdmitted(decision);
  assert.equal(decision.principal, user);
});

for (const audience of [url, `${url}/`, otherUrl, `${otherUrl}/`, "my-audience"]) {
  test(`a token for ${audience} is admitted`, () =>
    assertAdmitted(createFixture().decideToken(mint({ aud: audience }))));
}

for (const issuer of ["https://accounts.google.com", "accounts.google.com"]) {
  test(`a token of ${issuer} is admitted`, () => assertAdmitted(createFixture().decideToken(mint({ iss: issuer }))));
}

test("scheme and header names are taken in any case", () => {
  const { decide } = createFixture();
  assertAdmitted(decide(["aUTHORIZATION", `bEARER ${mint()}`]));
  assertAdmitted(decide(["X-SERVERLESS-AUTHORIZATION", `bearer  ${mint()}`]));
});

test("switches admit what the sources disagree on", () => {
  const { decideToken } = createFixture({ acceptAdcClient: true, acceptAudiencePath: true });
  assertAdmitted(decideToken(mint({ ...userClaims, aud: adcClient, azp: adcClient })));
  assertAdmitted(decideToken(mint({ aud: `${url}/push?x=1` })));
  assert.equal(decideToken(mint({ aud: `${url}.evil.example/` })).allowed, false);
  assert.equal(decideToken(mint({ ...userClaims, aud: `x${gcloudClient}` })).allowed, false);
});
