import assert from "node:assert/strict";
import test from "node:test";
import { loadCel } from "../../google/cel.ts";
import { defaultWorld } from "../world/world.ts";
import type { WorldIdentityProvider } from "../world/world-pools.ts";
import { findPoolFault, hasExpressions } from "./pools.ts";

function faultOf(provider: Partial<WorldIdentityProvider>, id = "ci-pool"): string | undefined {
  const providers = [{ id: "ci-provider", ...provider }];
  return findPoolFault({ ...defaultWorld, workloadIdentityPools: [{ id, project: "demo-project", providers }] });
}

test("a world says what is wrong with its pools", async () => {
  await loadCel();
  assert.equal(faultOf({}), undefined);
  assert.equal(faultOf({ issuer: "https://ci.example/a" }), undefined);
  assert.equal(faultOf({ issuer: "http://127.0.0.1:8080" }), undefined);
  assert.match(faultOf({}, "abc") ?? "", /"abc" cannot be the id/);
  assert.match(faultOf({}, "gcp-pool") ?? "", /"gcp-pool" cannot be the id/);
  assert.match(faultOf({ id: "Provider" }) ?? "", /"Provider" cannot be the id/);
  for (const issuer of [
    "http://ci.example",
    "ci.example",
    "https://ci.example?x",
    "https://me@ci.example",
    "file:///x",
  ]) {
    assert.match(faultOf({ issuer }) ?? "", /no https address/, issuer);
  }
  assert.match(faultOf({ attributeMapping: {} }) ?? "", /does not map google\.subject/);
  const subject = { "google.subject": "assertion.sub" };
  assert.match(faultOf({ attributeMapping: { ...subject, "google.email": "1" } }) ?? "", /which is no attribute/);
  assert.match(faultOf({ attributeMapping: { "google.subject": "1 +" } }) ?? "", /which is no CEL/);
  assert.match(faultOf({ attributeCondition: "(" }) ?? "", /which is no CEL/);
});

test("only a world with expressions of its own needs the evaluator", () => {
  assert.equal(hasExpressions(defaultWorld), false);
  const providers = [{ id: "ci-provider", attributeCondition: "true" }];
  assert.equal(hasExpressions({ ...defaultWorld, workforcePools: [{ id: "staff", providers }] }), true);
});
