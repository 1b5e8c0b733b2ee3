import { test } from "node:test";
import { createTarget, forge, header, signingKey } from "./fixture.ts";

test("a token without a subject that is a text of at most 127 bytes is refused", async () => {
  const target = await createTarget();
  for (const sub of [undefined, "", 7, null, ["repo"], { sub: "repo" }]) {
    await target.refused(forge(header, { ...target.claims(), sub }, signingKey), "invalid_grant", /has no sub/);
  }
  const long = forge(header, { ...target.claims(), sub: "あ".repeat(43) }, signingKey);
  await target.refused(long, "invalid_grant", /exceeds the 127 bytes limit/);
});

test("an attribute that has no value, or one of another type, is no attribute", async () => {
  for (const expression of ["assertion.missing", "assertion.iat", "assertion", "''", "['a']"]) {
    const target = await createTarget({
      attributeMapping: { "google.subject": "assertion.sub", "attribute.role": expression },
    });
    const token = forge(header, target.claims(), signingKey);
    await target.refused(token, "invalid_grant", /^Could not obtain a value for attribute\.role/);
  }
});
