import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { createTarget, forge, header } from "./fixture.ts";

test("a token that somebody else signed is refused, whatever key it names or brings along", async () => {
  const target = await createTarget();
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = publicKey.export({ format: "jwk" });
  const headers = [header, { ...header, kid: "theirs" }, { alg: "RS256", jwk }, { ...header, jwk, kid: "theirs" }];
  for (const each of [...headers, { ...header, jku: "https://attacker.example/jwks" }]) {
    await target.refused(forge(each, target.claims(), privateKey), "invalid_grant", /signature/);
  }
});
