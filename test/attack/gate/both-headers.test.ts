import assert from "node:assert/strict";
import { test } from "node:test";
import {
  account,
  assertAdmitted,
  assertRefused,
  createFixture,
  foreignKey,
  mint,
  user,
  userClaims,
} from "./fixture.ts";

const bad = `Bearer ${mint({}, {}, foreignKey.privateKey)}`;
const good = `Bearer ${mint()}`;
const usersOwn = `Bearer ${mint(userClaims)}`;

test("X-Serverless-Authorization counts alone, even if it is bad and Authorization good", () => {
  const { decide } = createFixture();
  assertRefused(decide(["Authorization", good, "X-Serverless-Authorization", bad]), 401, "token");
  assertRefused(decide(["X-Serverless-Authorization", bad, "Authorization", good]), 401, "token");
  assertRefused(decide(["X-Serverless-Authorization", "garbage", "Authorization", good]), 401, "credential");
  assertRefused(decide(["X-Serverless-Authorization", "", "Authorization", good]), 403, "permission");
});

test("X-Serverless-Authorization counts alone, even if Authorization is bad, and Authorization reaches the backend as it was", () => {
  for (const own of [bad, "Basic eA==", "", usersOwn]) {
    const decision = createFixture().decide(["Authorization", own, "X-Serverless-Authorization", good]);
    assertAdmitted(decision);
    assert.equal(decision.principal, account);
    assert.equal(decision.rawHeaders[1], own);
  }
});

test("the principal is X-Serverless-Authorization's", () => {
  const decision = createFixture().decide(["Authorization", good, "X-Serverless-Authorization", usersOwn]);
  assertAdmitted(decision);
  assert.equal(decision.principal, user);
});

test("several Authorization headers are the app's affair where X-Serverless-Authorization counts", () => {
  assertAdmitted(
    createFixture().decide(["Authorization", bad, "X-Serverless-Authorization", good, "Authorization", bad]),
  );
});
