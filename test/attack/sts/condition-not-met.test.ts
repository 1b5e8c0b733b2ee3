import { test } from "node:test";
import { createTarget, forge, header, signingKey } from "./fixture.ts";

const rejected = /^The given credential is rejected by the attribute condition\.$/;

test("who does not meet the condition is rejected, and so is everybody where it cannot be evaluated or is no yes", async () => {
  const conditions = [
    "assertion.sub == 'repo:acme/other'",
    "google.subject.startsWith('repo:mallory/')",
    "assertion.missing == 'x'",
    "'yes'",
    "1",
    "assertion.sub + 1 == 'x'",
  ];
  for (const attributeCondition of conditions) {
    const target = await createTarget({ attributeCondition });
    await target.refused(forge(header, target.claims(), signingKey), "unauthorized_client", rejected);
  }
});

test("a claim cannot reach over into what is not the token's own", async () => {
  const target = await createTarget({ attributeCondition: "google.subject == 'admin' || attribute.role == 'admin'" });
  const claims = { ...target.claims(), google: { subject: "admin" }, attribute: { role: "admin" } };
  await target.refused(forge(header, claims, signingKey), "unauthorized_client", rejected);
});
