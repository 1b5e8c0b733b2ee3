import { test } from "node:test";
import { assertAdmitted, assertTokenRefused, createFixture, encode, header, mint, userClaims } from "./fixture.ts";

test("a made-up token with the signature of one that was just good is refused, also after the world has changed", () => {
  const fixture = createFixture();
  const good = mint();
  const forged = `${encode(JSON.stringify(header))}.${encode(JSON.stringify(userClaims))}.${good.split(".")[2]}`;
  assertAdmitted(fixture.decideToken(good));
  assertTokenRefused(forged, "token", fixture);
  fixture.world.revision += 1;
  assertTokenRefused(forged, "token", fixture);
  assertAdmitted(fixture.decideToken(good));
});
