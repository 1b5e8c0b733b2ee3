import { test } from "node:test";
import { audience, createTarget, forge, header, signingKey } from "./fixture.ts";

const others = [
  undefined,
  "",
  "https://other.example",
  `${audience}/`,
  `${audience}x`,
  [],
  [["nested"]],
  { aud: audience },
];

test("a token for somebody else is refused", async () => {
  const target = await createTarget();
  for (const aud of others) {
    const token = forge(header, { ...target.claims(), aud }, signingKey);
    await target.refused(token, "invalid_grant", /^The audience in ID Token does not match the expected audience /);
  }
});

test("where a provider lists audiences, its own name is none of them", async () => {
  const target = await createTarget({ allowedAudiences: ["https://ci.example"] });
  const token = forge(header, target.claims(), signingKey);
  await target.refused(token, "invalid_grant", /expected audience https:\/\/ci\.example\.$/);
});

test("a provider that does not exist takes no token, nor does what is no provider's name", async () => {
  const target = await createTarget();
  const token = forge(header, target.claims(), signingKey);
  const pool = "//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/ci-pool";
  await target.refused(token, "invalid_target", /doesn't exist/, { audience: `${pool}/providers/other` });
  for (const wrong of [pool, audience, `${pool}/providers/ci-provider/x`, "ci-provider", "//iam.googleapis.com/"]) {
    await target.refused(token, "invalid_request", /^Invalid value for "audience"\.$/, { audience: wrong });
  }
});
