import assert from "node:assert/strict";
import { test } from "node:test";
import { createSubject, installed } from "./fixture.ts";

const markup = `"><script>alert(1)</script><img src=x onerror='alert(1)'>`;

test("no parameter of a request becomes markup on a page", async () => {
  const subject = createSubject({ oauthClients: [{ ...installed, name: markup }] });
  const pages = [
    await subject.open({ login_hint: markup, state: markup, nonce: markup }),
    await subject.open({ scope: `openid ${markup}` }),
    await subject.open({ redirect_uri: `http://localhost/${markup}` }),
    await subject.open({ response_type: markup }),
    await subject.open({ [markup]: "1", client_id: markup }),
    await subject.send(`GET sdk.cloud.google.com/authcode.html?code=${encodeURIComponent(markup)}`, {}, ""),
    await subject.send(`GET sdk.cloud.google.com/authcode.html?error=${encodeURIComponent(markup)}`, {}, ""),
  ];
  for (const { body } of pages) {
    assert.match(String(body), /^<!doctype html>/);
    assert.doesNotMatch(String(body), /<script|<img/);
  }
  assert.match(String(pages[0]?.body), /&quot;&gt;&lt;script&gt;/, "shown as text");
});

test("a state comes back to the client as it was, in one parameter", async () => {
  const subject = createSubject();
  const state = `${markup}&code=forged\r\nx: y`;
  const { headers } = await subject.answer(await subject.open({ state }));
  const location = new URL(headers!["location"]!);
  assert.equal(location.searchParams.get("state"), state);
  assert.equal(location.searchParams.getAll("code").length, 1);
  assert.doesNotMatch(headers!["location"]!, /[\r\n]/);
});

test("a parameter that comes twice is refused", async () => {
  const subject = createSubject();
  const query = `client_id=${installed.id}&client_id=${installed.id}`;
  const { status, body } = await subject.send(`GET accounts.google.com/o/oauth2/v2/auth?${query}`, {}, "");
  assert.equal(status, 400);
  assert.match(String(body), /can only have a single value/);
});

test("pages run no script, load nothing, and stand in nobody's frame", async () => {
  const { headers } = await createSubject().open();
  const policy = headers?.["content-security-policy"] ?? "";
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.match(policy, /form-action 'self' http:\/\/localhost:8085;/);
  assert.doesNotMatch(policy, /script-src|unsafe/);
  assert.equal(headers?.["x-frame-options"], "DENY");
  assert.equal(headers["cache-control"], "no-store");
});
