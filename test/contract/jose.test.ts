import assert from "node:assert/strict";
import { test } from "node:test";
import { runClient, startSubject } from "./fixture.ts";

interface Verified {
  readonly claims: { iss: string; email: string; iat: number; exp: number };
  readonly header: { kid: string; alg: string };
  readonly forged: string;
}

test("jose verifies the emulator's ID tokens by Google's published keys, and refuses a forged one", async () => {
  await using subject = await startSubject();
  const seen = await runClient<Verified>(subject, "jose-verify", []);
  assert.equal(seen.claims.iss, "https://accounts.google.com");
  assert.equal(seen.claims.email, "dev@example.com");
  assert.equal(seen.claims.exp - seen.claims.iat, 3600);
  assert.match(seen.header.kid, /^emulator-/);
  assert.equal(seen.header.alg, "RS256");
  assert.equal(seen.forged, "ERR_JWS_SIGNATURE_VERIFICATION_FAILED");
});
