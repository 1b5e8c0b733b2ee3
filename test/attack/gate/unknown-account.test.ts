import { test } from "node:test";
import { account, assertTokenRefused, createFixture, mint, user } from "./fixture.ts";

for (const sub of ["999", "__proto__", account.email, `serviceAccount:${account.email}`, " 200", "200 ", "0200"]) {
  test(`a token of an account that nobody knows (${sub}) is refused, also where every account may call`, () => {
    const fixture = createFixture();
    fixture.world.bindings = [{ role: "roles/run.invoker", members: ["allAuthenticatedUsers"] }];
    assertTokenRefused(mint({ sub }), "principal", fixture);
  });
}

test("an account made anew under the same e-mail is another one (a guess: unknown-account)", () => {
  const fixture = createFixture();
  fixture.world.principals.delete(account.subject);
  fixture.world.principals.set("201", { ...account, subject: "201" });
  assertTokenRefused(mint({ email: account.email, email_verified: true }), "principal", fixture);
});

test("a user's token without an e-mail is refused (a guess: user-without-email)", () => {
  assertTokenRefused(mint({ sub: user.subject }), "principal");
});
