import { test } from "node:test";
import { createTarget, forge, header, signingKey } from "./fixture.ts";

test("a token without a signature is refused, however it spells that", async () => {
  const target = await createTarget();
  for (const alg of ["none", "None", "NONE", "", undefined, null, ["RS256"]]) {
    await target.refused(
      forge({ ...header, alg }, target.claims()),
      "invalid_grant",
      /must be signed with RS256 or ES256/,
    );
  }
  await target.refused(forge(header, target.claims()), "invalid_grant", /signature/);
  const signed = forge(header, target.claims(), signingKey);
  await target.refused(`${signed.slice(0, signed.lastIndexOf("."))}.`, "invalid_grant", /signature/);
});
