import { test } from "node:test";
import { assertAdmitted, assertTokenRefused, createFixture, foreignKey, googleKey, kid, mint } from "./fixture.ts";

test("a token that was good is refused once its key is withdrawn", () => {
  const fixture = createFixture();
  const token = mint();
  assertAdmitted(fixture.decideToken(token));
  fixture.world.keys.delete(kid);
  fixture.world.revision += 1;
  assertTokenRefused(token, "token", fixture);
});

test("a token that was good is refused once another key has its kid", () => {
  const fixture = createFixture();
  const token = mint();
  assertAdmitted(fixture.decideToken(token));
  fixture.world.keys.set(kid, foreignKey.publicKey);
  fixture.world.revision += 1;
  assertTokenRefused(token, "token", fixture);
});

test("a token stays good when a key comes in addition", () => {
  const fixture = createFixture();
  const token = mint();
  assertAdmitted(fixture.decideToken(token));
  fixture.world.keys.set("key-2", foreignKey.publicKey);
  fixture.world.revision += 1;
  assertAdmitted(fixture.decideToken(token));
  assertAdmitted(fixture.decideToken(mint({}, { kid: "key-2" }, foreignKey.privateKey)));
  assertTokenRefused(mint({}, { kid: "key-2" }, googleKey.privateKey), "token", fixture);
});
