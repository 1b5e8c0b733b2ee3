import { test } from "node:test";
import { assertAdmitted, assertTokenRefused, createFixture, mint } from "./fixture.ts";

test("a token that was just good at one service is refused at another", () => {
  const fixture = createFixture();
  const token = mint();
  assertAdmitted(fixture.decideToken(token));
  fixture.world.service = {
    ...fixture.world.service,
    name: "projects/demo/locations/us-central1/services/other",
    urls: ["https://other.run.app"],
  };
  assertTokenRefused(token, "audience", fixture);
});
