import assert from "node:assert/strict";
import { test } from "node:test";
import { createFixture } from "./fixture.ts";

const challenge = 'Bearer error="invalid_token" error_description="The access token could not be verified"';

test("every refusal is a page of Google's front end, and only 401 has a challenge", () => {
  const { decide } = createFixture();
  const refusals = [
    [401, "401 Unauthorized", challenge, decide(["Authorization", "Bearer x"])],
    [403, "403 Forbidden", undefined, decide([])],
    [404, "Error 404 (Not Found)!!1", undefined, decide([], { host: "unknown" })],
  ] as const;
  for (const [status, title, wanted, refusal] of refusals) {
    assert.ok(!refusal.allowed);
    assert.equal(refusal.status, status);
    assert.equal(refusal.headers["www-authenticate"], wanted);
    assert.equal(refusal.headers["content-type"], "text/html; charset=UTF-8");
    assert.equal(refusal.headers["server"], "Google Frontend");
    assert.ok(refusal.body.includes(`<title>${title}</title>`));
    assert.ok(refusal.body.includes("<code>/path</code>"));
  }
});
