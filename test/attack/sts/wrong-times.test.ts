import { test } from "node:test";
import { createTarget, forge, header, signingKey } from "./fixture.ts";

test("a token is refused once it has expired", async () => {
  const target = await createTarget();
  const token = forge(header, target.claims(), signingKey);
  target.clock.advanceMs(3_600_000);
  await target.refused(token, "invalid_grant", /^ID Token issued at \d+ is stale to sign-in\.$/);
});

test("a token with odd times, or without, is refused", async () => {
  const target = await createTarget();
  const claims = target.claims();
  const now = Number(claims["iat"]);
  const odd = [
    { exp: undefined },
    { iat: undefined },
    { exp: String(now + 60) },
    { exp: null },
    { nbf: now + 3600 },
    { iat: now + 3600, exp: now + 7200 },
    { exp: now + 49 * 3600 },
    { iat: -1e300 },
  ];
  for (const times of odd) {
    await target.refused(forge(header, { ...claims, ...times }, signingKey), "invalid_grant", /ID Token/);
  }
});
