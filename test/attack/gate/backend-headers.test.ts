import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAdmitted, createFixture, mint, userClaims } from "./fixture.ts";

const token = mint();

function received(
  rawHeaders: readonly string[],
  prepare?: (fixture: ReturnType<typeof createFixture>) => void,
): readonly string[] {
  const fixture = createFixture();
  prepare?.(fixture);
  const decision = fixture.decide(rawHeaders);
  assertAdmitted(decision);
  return decision.rawHeaders;
}

test("a token for the service reaches it whole in Authorization", () => {
  const sent = ["Accept", "*/*", "Authorization", `Bearer ${token}`];
  assert.deepEqual(received(sent), sent);
});

test("a token in X-Serverless-Authorization reaches the service without its signature, all other headers as they were", () => {
  const sent = [
    "X-One",
    "1",
    "x-serverless-authorization",
    `bearer ${token}`,
    "Cookie",
    "a",
    "X-One",
    "2",
    "Cookie",
    "b",
  ];
  const cut = token.replace(/[^.]+$/, "SIGNATURE_REMOVED_BY_GOOGLE");
  assert.deepEqual(received(sent), sent.with(3, `bearer ${cut}`));
});

test("a user's token for gcloud's client reaches no service with its signature, in neither header", () => {
  const usersOwn = mint(userClaims);
  for (const header of ["Authorization", "X-Serverless-Authorization"]) {
    assert.ok(!JSON.stringify(received([header, `Bearer ${usersOwn}`])).includes(usersOwn.split(".")[2] ?? ""));
  }
});

test("Authorization reaches the service as it was where X-Serverless-Authorization counted", () => {
  const sent = ["Authorization", "Bearer aaaa.bbbb.cccc", "X-Serverless-Authorization", `Bearer ${mint(userClaims)}`];
  assert.deepEqual(received(sent).slice(0, 2), sent.slice(0, 2));
});

test("a public service gets credentials of its own in Authorization whole, but no signature in X-Serverless-Authorization", () => {
  const makePublic = ({ world }: ReturnType<typeof createFixture>): void => {
    world.bindings = [{ role: "roles/run.invoker", members: ["allUsers"] }];
  };
  const skipCheck = ({ world }: ReturnType<typeof createFixture>): void => {
    world.service = { ...world.service, invokerIamDisabled: true };
  };
  for (const prepare of [makePublic, skipCheck]) {
    for (const own of ["Bearer aaaa.bbbb.cccc", "Basic eA==", "anything"]) {
      assert.deepEqual(received(["Authorization", own], prepare), ["Authorization", own]);
    }
    assert.deepEqual(received(["X-Serverless-Authorization", "Bearer aaaa.bbbb.cccc"], prepare), [
      "X-Serverless-Authorization",
      "Bearer aaaa.bbbb.SIGNATURE_REMOVED_BY_GOOGLE",
    ]);
  }
});
