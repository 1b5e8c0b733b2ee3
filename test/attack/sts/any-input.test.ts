import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { anyCharacter } from "../../support/any-character.ts";
import { createTarget } from "./fixture.ts";

test("whatever comes as a subject token, nothing crashes, nothing is issued, and nothing of it is in the answer", async () => {
  const target = await createTarget();
  const segment = fc.oneof(
    fc.string(),
    fc.base64String(),
    fc.json().map((text) => Buffer.from(text).toString("base64url")),
  );
  const token = fc.oneof(
    fc.string({ unit: anyCharacter }),
    fc.array(segment, { maxLength: 5 }).map((segments) => segments.join(".")),
  );
  await fc.assert(
    fc.asyncProperty(token, async (text) => {
      const { status, body } = await target.exchange(text);
      assert.equal(status, 400);
      if (text.trim().length > 40) assert.ok(!JSON.stringify(body).includes(text.trim()));
      assert.equal(target.state.store.list({ name: "accessTokens" }).length, 0);
    }),
    { numRuns: 300 },
  );
});
