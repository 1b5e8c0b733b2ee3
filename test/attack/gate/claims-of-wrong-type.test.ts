import { test } from "node:test";
import { assertTokenRefused, mint } from "./fixture.ts";

const wrong = {
  sub: [undefined, null, "", 200, ["200"], { sub: "200" }],
  azp: [null, "", 200, ["200"]],
  email: [null, "", 1, ["dev@example.com"]],
  email_verified: [null, "true", 1, []],
};

for (const [claim, values] of Object.entries(wrong)) {
  for (const value of values) {
    test(`a token whose ${claim} is ${JSON.stringify(value)} is refused`, () =>
      assertTokenRefused(mint({ [claim]: value })));
  }
}
