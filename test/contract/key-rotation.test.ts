import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { OAuth2Client } from "google-auth-library";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { createMovableClock } from "../../src/core/clock.ts";
import { createEmulator } from "../../src/emulator/create-emulator.ts";
import { gcloudClientId } from "../../src/google/oauth.ts";
import { readGcloudKey } from "./fixture.ts";
import type { Subject } from "./fixture.ts";

const hourMs = 3_600_000;

test("clients that keep Google's keys verify every token through a rotation", async (t) => {
  const startMs = Date.now();
  mock.timers.enable({ apis: ["Date"], now: startMs }); // the clients' time
  t.after(() => mock.timers.reset());
  const clock = createMovableClock({ nowMs: () => startMs });
  await using emulator = await createEmulator(undefined, { clock });
  const pass = (spanMs: number): void => {
    clock.advanceMs(spanMs);
    mock.timers.setTime(clock.nowMs());
  };
  const variables = { ...process.env, ...(await emulator.prepareEnvironment()) };
  const subject: Subject = {
    emulator,
    variables,
    serviceUrl: "",
    serviceAccount: "",
    [Symbol.asyncDispose]: async () => {},
  };
  const form = { grant_type: "refresh_token", ...(await readGcloudKey(subject, "dev@example.com")) };
  const mint = async (): Promise<string> => {
    const response = await fetch(`${emulator.url}/token`, { method: "POST", body: new URLSearchParams(form) });
    return ((await response.json()) as { id_token: string }).id_token;
  };
  const kidOf = (token: string): string =>
    (JSON.parse(Buffer.from(token.split(".")[0]!, "base64url").toString()) as { kid: string }).kid;

  const google = new OAuth2Client({
    endpoints: { oauth2FederatedSignonPemCertsUrl: `${emulator.url}/oauth2/v1/certs` },
  });
  const jwks = createRemoteJWKSet(new URL(`${emulator.url}/oauth2/v3/certs`), {
    cacheMaxAge: 6 * hourMs,
    cooldownDuration: 24 * hourMs, // a client that asks for keys when they are old, and never for an unknown one
  });
  const verify = async (token: string): Promise<void> => {
    await google.verifyIdToken({ idToken: token, audience: gcloudClientId });
    await jwtVerify(token, jwks, { audience: gcloudClientId });
  };

  const first = await mint();
  await verify(first); // both keep the keys from now on
  pass(hourMs / 2);
  const rotation = await emulator.rotateKeys();
  assert.notEqual(kidOf(first), rotation.kid);
  assert.equal(kidOf(await mint()), kidOf(first), "announced, not used");
  await verify(first);
  pass(6 * hourMs - 60_000);
  const last = await mint();
  assert.equal(kidOf(last), kidOf(first));
  await verify(last);
  pass(60_000);
  const next = await mint();
  assert.equal(kidOf(next), rotation.kid);
  await verify(next);
  pass(hourMs - 120_000);
  await verify(last); // by the old key, to its end
  await verify(next);
});

test("a key that signs at once is unknown to a client that keeps keys: what a rotation must not do", async () => {
  await using emulator = await createEmulator();
  const google = new OAuth2Client({
    endpoints: { oauth2FederatedSignonPemCertsUrl: `${emulator.url}/oauth2/v1/certs` },
  });
  await google.getFederatedSignonCertsAsync();
  const { kid } = await emulator.rotateKeys({ leadMs: 0 });
  const { certs } = await google.getFederatedSignonCertsAsync();
  assert.equal(kid in certs, false, "kept");
  const published = (await (await fetch(`${emulator.url}/oauth2/v1/certs`)).json()) as object;
  assert.equal(Object.keys(published)[0], kid);
});
