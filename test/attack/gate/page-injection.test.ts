import assert from "node:assert/strict";
import { test } from "node:test";
import { createFixture, foreignKey, mint } from "./fixture.ts";

const path = `/<script>alert("1")</script>?a='&b=<`;

test("what a path holds is text in every page", () => {
  const { decide } = createFixture();
  const refusals = [
    decide([], { path }),
    decide(["Authorization", `Bearer ${mint({}, {}, foreignKey.privateKey)}`], { path }),
    decide([], { path, host: "unknown" }),
  ];
  for (const refusal of refusals) {
    assert.ok(!refusal.allowed);
    assert.ok(refusal.body.includes("/&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;?a=&#39;&amp;b=&lt;"));
    assert.ok(!refusal.body.includes("<script>"));
    assert.equal(refusal.headers["content-length"], String(Buffer.byteLength(refusal.body)));
  }
});

test("what a token claims stands in a step on one line, and short", () => {
  const claim = `x\n\u001b[31m${"y".repeat(100_000)}`;
  const { decideToken } = createFixture();
  for (const token of [mint({ aud: claim }), mint({ iss: claim }), mint({}, { kid: claim })]) {
    const detail = decideToken(token).steps.at(-1)?.detail ?? "";
    assert.ok(detail.length < 400);
    assert.doesNotMatch(detail, /\p{Cc}/u);
  }
});
