import assert from "node:assert/strict";
import { test } from "node:test";
import { createSubject, installed, loopbackUri, refusalOf, web } from "../../../test/attack/oauth/fixture.ts";
import { decodeJwt } from "../../google/id-token.ts";
import type { TokenResponse } from "../../google/oauth.ts";
import type { ApiAnswer } from "./route.ts";

const tokensOf = ({ body }: ApiAnswer): TokenResponse => body as TokenResponse;
const locationOf = ({ headers }: ApiAnswer): URLSearchParams => new URL(headers!["location"]!).searchParams;

test("whom the user chooses, the client gets tokens for: with nonce, e-mail and a refresh token that works", async () => {
  const subject = createSubject();
  const page = await subject.open({ nonce: "the-nonce" });
  assert.match(String(page.body), /dev@example\.com/);
  const sent = locationOf(await subject.answer(page, { account: "admin@example.com" }));
  assert.equal(sent.get("state"), "the-state");
  assert.equal(sent.get("scope"), "openid https://www.googleapis.com/auth/userinfo.email");
  const tokens = tokensOf(await subject.exchange(sent.get("code")!));
  const claims = decodeJwt(tokens.id_token!)!.payload;
  assert.equal(claims["email"], "admin@example.com");
  assert.equal(claims["aud"], installed.id);
  assert.equal(claims["nonce"], "the-nonce");
  const refreshed = await subject.form("POST oauth2.googleapis.com/token", {
    grant_type: "refresh_token",
    client_id: installed.id,
    client_secret: installed.secret,
    refresh_token: tokens.refresh_token!,
  });
  assert.equal(decodeJwt(tokensOf(refreshed).id_token!)!.payload["email"], "admin@example.com");
});

test("whoever does not ask for the e-mail gets none, and without openid no ID token", async () => {
  const subject = createSubject();
  const claims = decodeJwt(tokensOf(await subject.exchange(await subject.allow({ scope: "openid" }))).id_token!)!;
  assert.equal(claims.payload["email"], undefined);
  const tokens = tokensOf(await subject.exchange(await subject.allow({ scope: "email" })));
  assert.equal(tokens.id_token, undefined);
});

test("a plain challenge works, and one of another method or form is refused", async () => {
  const subject = createSubject();
  const plain = "p".repeat(43);
  const code = await subject.allow({ code_challenge: plain, code_challenge_method: undefined });
  assert.equal((await subject.exchange(code, { code_verifier: plain })).status, 200);
  assert.equal((await subject.open({ code_challenge_method: "S512" })).status, 400);
  assert.equal((await subject.open({ code_challenge: "short" })).status, 400);
});

test("a user who does not allow sends the client an error", async () => {
  const subject = createSubject();
  const sent = locationOf(await subject.answer(await subject.open(), { decision: "deny", account: undefined }));
  assert.deepEqual(Object.fromEntries(sent), { state: "the-state", error: "access_denied" });
});

test("what is wrong with a request is said on a page, with the error's name", async () => {
  const subject = createSubject();
  const wrong: [Record<string, string | undefined>, number, RegExp][] = [
    [{ client_id: undefined }, 400, /invalid_request.*Required parameter is missing: client_id/s],
    [{ client_id: "9-none.apps.googleusercontent.com" }, 401, /invalid_client.*The OAuth client was not found\./s],
    [{ redirect_uri: undefined }, 400, /Required parameter is missing: redirect_uri/],
    [{ response_type: "token" }, 400, /unsupported_response_type/],
    [{ scope: "openid nonsense" }, 400, /invalid_scope.*invalid=\[nonsense\]/s],
    [{ prompt: "none consent" }, 400, /prompt/],
  ];
  for (const [parameters, status, text] of wrong) {
    const page = await subject.open(parameters);
    assert.equal(page.status, status);
    assert.match(String(page.body), text);
  }
});

test("a hint checks the account, and a domain leaves out the others", async () => {
  const subject = createSubject({
    users: [{ email: "dev@example.com" }, { email: "admin@example.com" }, { email: "someone@gmail.com" }],
  });
  const hinted = String((await subject.open({ login_hint: "Admin@example.com" })).body);
  assert.match(hinted, /value="admin@example\.com" required checked/);
  assert.equal(hinted.match(/checked/g)?.length, 1);
  const unknown = String((await subject.open({ login_hint: "nobody@example.com" })).body);
  assert.match(unknown, /no account nobody@example\.com/);
  const ofDomain = String((await subject.open({ hd: "example.com" })).body);
  assert.doesNotMatch(ofDomain, /gmail/);
});

test("without a page a client gets only what the user has allowed before", async () => {
  const subject = createSubject();
  const silent = { prompt: "none", login_hint: "dev@example.com" };
  assert.equal(locationOf(await subject.open(silent)).get("error"), "interaction_required");
  await subject.exchange(await subject.allow());
  assert.equal((await subject.exchange(locationOf(await subject.open(silent)).get("code")!)).status, 200);
  const more = locationOf(await subject.open({ ...silent, scope: "openid profile" }));
  assert.equal(more.get("error"), "interaction_required");
  assert.equal(locationOf(await subject.open({ prompt: "none" })).get("error"), "interaction_required");
});

test("a web application gets a refresh token where it asks for offline access only", async () => {
  const subject = createSubject();
  const [redirectUri] = web.redirectUris;
  const asked = { client_id: web.id, redirect_uri: redirectUri };
  const fields = { client_id: web.id, client_secret: web.secret, redirect_uri: redirectUri };
  const online = tokensOf(await subject.exchange(await subject.allow(asked), fields));
  assert.equal(online.refresh_token, undefined);
  const offline = await subject.allow({ ...asked, access_type: "offline" });
  assert.match(tokensOf(await subject.exchange(offline, fields)).refresh_token ?? "", /^1\/\/emulator-/);
});

test("a code of a user who has gone meanwhile gives nothing", async () => {
  const subject = createSubject();
  const code = await subject.allow({ redirect_uri: loopbackUri });
  const { store } = subject.state;
  const { userKind } = await import("../state/records.ts");
  await store.put(userKind, "dev@example.com", { ...subject.state.findUser("dev@example.com")!, state: "deleted" });
  assert.deepEqual(refusalOf(await subject.exchange(code)), [400, "invalid_grant", "The account has been deleted"]);
});
