import { test } from "node:test";
import { adcClient, assertTokenRefused, createFixture, gcloudClient, host, mint, url, userClaims } from "./fixture.ts";

const audiences = [
  "https://other-123456789012.us-central1.run.app",
  `${url}//`,
  `${url}/path`,
  `${url}/?x=1`,
  `${url}?x=1`,
  `${url}#x`,
  `${url}:443`,
  `${url}.`,
  `${url}.evil.example`,
  `${url}@evil.example`,
  `https://evil.example/${url}`,
  `https://user@${host}`,
  `https://green---${host}`,
  `https://green---${host}/`,
  `http://${host}`,
  `HTTPS://${host}`,
  url.toUpperCase(),
  host,
  `//${host}`,
  ` ${url}`,
  `${url} `,
  `${url}\n`,
  "my-audience/",
  "My-Audience",
  "my-audience ",
  "https://api.example.com",
  "*",
  "https://oauth2.googleapis.com/token",
  "1234-abc.apps.googleusercontent.com",
];

for (const aud of audiences) {
  test(`a token for ${JSON.stringify(aud)} is refused`, () => assertTokenRefused(mint({ aud }), "audience"));
}

test("a service account's token for gcloud's client is refused: that audience is for users (a guess: client-of-account)", () => {
  assertTokenRefused(mint({ aud: gcloudClient }), "audience");
  assertTokenRefused(mint({ aud: adcClient }), "audience", createFixture({ acceptAdcClient: true }));
});

test("a user's token for the client of Application Default Credentials is refused unless switched on (a guess: adc-client)", () => {
  assertTokenRefused(mint({ ...userClaims, aud: adcClient, azp: adcClient }), "audience");
});

test("a tag's address is no audience even if it is listed among the addresses", () => {
  const fixture = createFixture();
  const tagged = `https://green---${host}`;
  fixture.world.service = { ...fixture.world.service, urls: [url, tagged] };
  assertTokenRefused(mint({ aud: tagged }), "audience", fixture);
});
