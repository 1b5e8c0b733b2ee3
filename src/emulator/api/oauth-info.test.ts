import assert from "node:assert/strict";
import { test } from "node:test";
import { createSubject, installed, refusalOf } from "../../../test/attack/oauth/fixture.ts";
import type { SignInSubject } from "../../../test/attack/oauth/fixture.ts";
import type { TokenResponse } from "../../google/oauth.ts";
import { changeUser } from "../user-change.ts";
import type { ApiAnswer } from "./route.ts";

async function signIn(subject: SignInSubject, scope = "openid email profile"): Promise<Required<TokenResponse>> {
  return (await subject.exchange(await subject.allow({ scope }))).body as Required<TokenResponse>;
}

const userInfo = (subject: SignInSubject, address: string, token: string): Promise<ApiAnswer> =>
  subject.send(`GET ${address}`, { authorization: `Bearer ${token}` }, "");
const revoke = (subject: SignInSubject, token: string): Promise<ApiAnswer> =>
  subject.send(`POST oauth2.googleapis.com/revoke?token=${encodeURIComponent(token)}`, {}, "");
const refresh = (subject: SignInSubject, token: string): Promise<ApiAnswer> =>
  subject.form("POST oauth2.googleapis.com/token", {
    grant_type: "refresh_token",
    client_id: installed.id,
    client_secret: installed.secret,
    refresh_token: token,
  });

test("user information holds what the scopes show, under the names of each version", async () => {
  const subject = createSubject();
  const all = (await signIn(subject)).access_token;
  const { subject: sub } = subject.state.findUser("dev@example.com")!;
  const names = { name: "dev", given_name: "dev", email: "dev@example.com", hd: "example.com" };
  for (const address of ["openidconnect.googleapis.com/v1/userinfo", "www.googleapis.com/oauth2/v3/userinfo"]) {
    assert.deepEqual((await userInfo(subject, address, all)).body, { sub, ...names, email_verified: true });
  }
  for (const address of ["www.googleapis.com/oauth2/v1/userinfo", "www.googleapis.com/oauth2/v2/userinfo"]) {
    assert.deepEqual((await userInfo(subject, address, all)).body, { id: sub, ...names, verified_email: true });
  }
  const little = (await signIn(subject, "openid")).access_token;
  assert.deepEqual((await userInfo(subject, "openidconnect.googleapis.com/v1/userinfo", little)).body, { sub });
  const none = (await signIn(subject, "https://www.googleapis.com/auth/cloud-platform")).access_token;
  assert.equal((await userInfo(subject, "openidconnect.googleapis.com/v1/userinfo", none)).status, 403);
});

test("user information is for tokens that live, of users who are there", async () => {
  const subject = createSubject();
  const address = "openidconnect.googleapis.com/v1/userinfo";
  const { access_token: token } = await signIn(subject);
  assert.equal((await userInfo(subject, address, "ya29.nonsense")).status, 401);
  await changeUser(subject.state, "dev@example.com", "disabled");
  assert.equal((await userInfo(subject, address, token)).status, 401);
  await changeUser(subject.state, "dev@example.com", "active");
  assert.equal((await userInfo(subject, address, token)).status, 200);
  subject.clock.advanceMs(3_600_000);
  assert.equal((await userInfo(subject, address, token)).status, 401);
});

test("a revoked refresh token takes its access tokens with it, and no others", async () => {
  const subject = createSubject();
  const address = "openidconnect.googleapis.com/v1/userinfo";
  const [one, other] = [await signIn(subject), await signIn(subject)];
  const later = ((await refresh(subject, one.refresh_token)).body as TokenResponse).access_token!;
  const { status, body } = await revoke(subject, one.refresh_token);
  assert.deepEqual({ status, body }, { status: 200, body: {} });
  assert.deepEqual(refusalOf(await refresh(subject, one.refresh_token)), [400, "invalid_grant", "Bad Request"]);
  for (const token of [one.access_token, later]) assert.equal((await userInfo(subject, address, token)).status, 401);
  assert.equal((await userInfo(subject, address, other.access_token)).status, 200);
  assert.deepEqual(refusalOf(await revoke(subject, one.refresh_token)), [
    400,
    "invalid_token",
    "Token expired or revoked",
  ]);
});

test("a revoked access token takes its refresh token with it", async () => {
  const subject = createSubject();
  const tokens = await signIn(subject);
  assert.equal((await revoke(subject, tokens.access_token)).status, 200);
  assert.equal((await refresh(subject, tokens.refresh_token)).status, 400);
});

test("a user who must sign in again is told so at each refresh, until they have", async () => {
  for (const reauth of ["invalid_rapt", "rapt_required"] as const) {
    const subject = createSubject({ users: [{ email: "dev@example.com", reauth }, { email: "admin@example.com" }] });
    const refreshToken = await subject.state.refreshTokenFor("dev@example.com", installed.id);
    assert.deepEqual((await refresh(subject, refreshToken)).body, {
      error: "invalid_grant",
      error_description: `reauth related error (${reauth})`,
      error_subtype: reauth,
    });
    await signIn(subject);
    assert.equal((await refresh(subject, refreshToken)).status, 200);
    await changeUser(subject.state, "dev@example.com", reauth);
    assert.equal((await refresh(subject, refreshToken)).status, 400);
  }
});

test("disabled and deleted users get no tokens, and each is told which", async () => {
  const subject = createSubject();
  const { refresh_token: token } = await signIn(subject);
  await changeUser(subject.state, "dev@example.com", "disabled");
  assert.deepEqual(refusalOf(await refresh(subject, token)), [400, "invalid_grant", "Account disabled"]);
  await changeUser(subject.state, "dev@example.com", "deleted");
  assert.deepEqual(refusalOf(await refresh(subject, token)), [400, "invalid_grant", "The account has been deleted"]);
});

test("a token with too small scopes opens no API, and the error says so where clients look", async () => {
  const subject = createSubject();
  const { access_token: token } = await signIn(subject, "openid email");
  const { status, body } = await userInfo(
    subject,
    "run.googleapis.com/v2/projects/demo-project/locations/us-central1/services",
    token,
  );
  assert.equal(status, 403);
  const { error } = body as { error: { message: string; details: { reason: string; domain: string }[] } };
  assert.equal(error.message, "Request had insufficient authentication scopes.");
  assert.equal(error.details[0]?.reason, "ACCESS_TOKEN_SCOPE_INSUFFICIENT");
});
