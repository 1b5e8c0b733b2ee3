import assert from "node:assert/strict";
import { test } from "node:test";
import { createSubject, refusalOf, verifier, web } from "./fixture.ts";

const uses: readonly (readonly [
  what: string,
  fields: Record<string, string | undefined>,
  refusal: readonly unknown[],
])[] = [
  ["another verifier", { code_verifier: `${verifier}x` }, [400, "invalid_grant", "Invalid code verifier."]],
  ["no verifier", { code_verifier: undefined }, [400, "invalid_grant", "Missing code verifier."]],
  ["another address", { redirect_uri: "http://localhost:8086/" }, [400, "redirect_uri_mismatch", "Bad Request"]],
  ["no address", { redirect_uri: undefined }, [400, "invalid_request", "Missing parameter: redirect_uri"]],
  ["another client", { client_id: web.id, client_secret: web.secret }, [400, "invalid_grant", "Bad Request"]],
  ["another secret", { client_secret: web.secret }, [401, "invalid_client", "Unauthorized"]],
  ["no secret", { client_secret: undefined }, [400, "invalid_request", "client_secret is missing."]],
  [
    "an unknown client",
    { client_id: "x.apps.googleusercontent.com" },
    [401, "invalid_client", "The OAuth client was not found."],
  ],
];

for (const [what, fields, refusal] of uses) {
  test(`a code with ${what} gives nothing`, async () => {
    const subject = createSubject();
    assert.deepEqual(refusalOf(await subject.exchange(await subject.allow(), fields)), refusal);
  });
}

test("a failed attempt with the client's own secret ends the code", async () => {
  const subject = createSubject();
  const code = await subject.allow();
  assert.equal((await subject.exchange(code, { code_verifier: `${verifier}x` })).status, 400);
  assert.equal((await subject.exchange(code)).status, 400);
});

test("whoever takes the challenge out of the request is found out at the exchange", async () => {
  const subject = createSubject();
  const code = await subject.allow({ code_challenge: undefined, code_challenge_method: undefined });
  assert.deepEqual(refusalOf(await subject.exchange(code)), [
    400,
    "invalid_grant",
    "code_verifier or verifier is not needed.",
  ]);
});
