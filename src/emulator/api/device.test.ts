import assert from "node:assert/strict";
import { test } from "node:test";
import { createSubject, installed, refusalOf } from "../../../test/attack/oauth/fixture.ts";
import type { SignInSubject } from "../../../test/attack/oauth/fixture.ts";
import { decodeJwt } from "../../google/id-token.ts";
import { deviceGrant } from "../../google/oauth.ts";
import type { TokenResponse } from "../../google/oauth.ts";
import type { ApiAnswer } from "./route.ts";

interface Started {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_url: string;
  readonly expires_in: number;
  readonly interval: number;
}

async function start(subject: SignInSubject, scope = "openid email"): Promise<Started> {
  const { status, body } = await subject.form("POST oauth2.googleapis.com/device/code", {
    client_id: installed.id,
    scope,
  });
  assert.equal(status, 200);
  return body as Started;
}

const poll = (subject: SignInSubject, deviceCode: string, fields: Record<string, string> = {}): Promise<ApiAnswer> =>
  subject.form("POST oauth2.googleapis.com/token", {
    grant_type: deviceGrant,
    client_id: installed.id,
    client_secret: installed.secret,
    device_code: deviceCode,
    ...fields,
  });
const type = (subject: SignInSubject, userCode: string): Promise<ApiAnswer> =>
  subject.send(`GET www.google.com/device?user_code=${encodeURIComponent(userCode)}`, {}, "");

test("a device waits, its user types the code and allows, and it gets tokens once", async () => {
  const subject = createSubject();
  const started = await start(subject);
  assert.equal(started.verification_url, "https://www.google.com/device");
  assert.deepEqual([started.expires_in, started.interval], [1800, 5]);
  assert.deepEqual(refusalOf(await poll(subject, started.device_code)), [
    428,
    "authorization_pending",
    "Precondition Required",
  ]);
  const page = await type(subject, started.user_code.toLowerCase().replaceAll("-", " "));
  const done = await subject.answer(page, { account: "admin@example.com" });
  assert.equal(done.status, 200);
  assert.match(String(done.body), /Connected/);
  const { status, body } = await poll(subject, started.device_code);
  assert.equal(status, 200);
  const tokens = body as TokenResponse;
  assert.equal(decodeJwt(tokens.id_token!)!.payload["email"], "admin@example.com");
  assert.match(tokens.refresh_token!, /^1\/\//);
  assert.deepEqual(refusalOf(await poll(subject, started.device_code)).slice(0, 2), [400, "invalid_grant"]);
  assert.equal((await type(subject, started.user_code)).status, 400, "the code is used up");
});

test("who asks too often is told to slow down", async () => {
  const subject = createSubject();
  const { device_code: code } = await start(subject);
  const seen = [];
  for (const waitMs of [0, 1_000, 5_000]) {
    subject.clock.advanceMs(waitMs);
    seen.push(refusalOf(await poll(subject, code)).slice(0, 2));
  }
  assert.deepEqual(seen, [
    [428, "authorization_pending"],
    [403, "slow_down"],
    [428, "authorization_pending"],
  ]);
});

test("a device hears that its user refused, or that its code has expired", async () => {
  const subject = createSubject();
  const denied = await start(subject);
  await subject.answer(await type(subject, denied.user_code), { decision: "deny", account: undefined });
  assert.deepEqual(refusalOf(await poll(subject, denied.device_code)), [403, "access_denied", "Forbidden"]);
  const late = await start(subject);
  subject.clock.advanceMs(1_800_000);
  assert.deepEqual(refusalOf(await poll(subject, late.device_code)).slice(0, 2), [400, "expired_token"]);
  assert.equal((await type(subject, late.user_code)).status, 400);
});

test("a device code is for the client that asked for it, and for what devices may ask", async () => {
  const subject = createSubject();
  const { device_code: code } = await start(subject);
  const other = { client_id: "2-web.apps.googleusercontent.com", client_secret: "web-secret" };
  assert.deepEqual(refusalOf(await poll(subject, code, other)).slice(0, 2), [400, "invalid_grant"]);
  const wide = await subject.form("POST oauth2.googleapis.com/device/code", {
    client_id: installed.id,
    scope: "https://www.googleapis.com/auth/cloud-platform",
  });
  assert.deepEqual(refusalOf(wide).slice(0, 2), [400, "invalid_scope"]);
});

test("what is typed is shown as text, and the page without a code asks for one", async () => {
  const subject = createSubject();
  const { status, body } = await type(subject, "<script>alert(1)</script>");
  assert.equal(status, 400);
  assert.doesNotMatch(String(body), /<script/);
  assert.match(String((await subject.send("GET www.google.com/device", {}, "")).body), /name="user_code"/);
});
