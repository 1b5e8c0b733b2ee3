import { test } from "node:test";
import { testIssuer } from "../../../src/emulator/federation/test-issuer.ts";
import { createTarget, forge, header, issuer, signingKey } from "./fixture.ts";

test("a token of another issuer is refused, though its key is ours", async () => {
  const target = await createTarget();
  for (const iss of [undefined, "", `${issuer}/`, "https://ISSUER.example", [issuer], testIssuer]) {
    const token = forge(header, { ...target.claims(), iss }, signingKey);
    await target.refused(token, "invalid_grant", /^The issuer in ID Token does not match/);
  }
});
