import assert from "node:assert/strict";
import { test } from "node:test";
import { createApiClient } from "../../test/support/api-client.ts";
import { issueAccessToken } from "./issue-tokens.ts";
import { accessTokenKind } from "./state/oauth-records.ts";

test("access tokens that ended long ago are forgotten, those of late are not", async () => {
  const { state, clock } = createApiClient();
  const issue = (): Promise<unknown> => issueAccessToken(state, { subject: "1", clientId: "c", scopes: [] });
  const count = (): number => state.store.list(accessTokenKind).length;
  for (let issued = 0; issued < 50; issued += 1) void issue();
  clock.advanceMs(2 * 3_600_000);
  for (let issued = 0; issued < 150; issued += 1) void issue();
  assert.equal(count(), 200, "for a day it is told that they have expired");
  clock.advanceMs(24 * 3_600_000);
  for (let issued = 0; issued < 64; issued += 1) void issue();
  assert.equal(count(), 150 + 64);
  await state.store.settled();
});
