import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { unsignedToken } from "../../test/support/google-stub.ts";
import type { Context } from "../core/context.ts";
import { silentLogger } from "../core/context.ts";
import { gcloudClientId } from "../google/oauth.ts";
import { resolveCredential } from "./resolve.ts";

const nowMs = Date.UTC(2026, 0, 1);
const context: Context = {
  environment: { variables: {}, homeDir: "/nonexistent", platform: "linux" },
  clock: { nowMs: () => nowMs },
  fetch: () => Promise.reject(new Error("no request is to be made")),
  log: silentLogger,
};
const serviceUrl = "https://my-service-123456.us-central1.run.app";
const good = { iss: "https://accounts.google.com", aud: serviceUrl, exp: nowMs / 1000 + 60, email: "a@example.com" };

/** Resolves the credential of a file with this in it. */
async function withFile(text: string): Promise<Awaited<ReturnType<typeof resolveCredential>>> {
  const directory = mkdtempSync(join(tmpdir(), "runpass-"));
  try {
    const tokenFile = join(directory, "token");
    writeFileSync(tokenFile, text);
    return await resolveCredential(context, { tokenFile });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("a token that is there already is handed on as it is, for the service that it is made out to", async () => {
  const token = unsignedToken(good);
  const credential = await withFile(`${token}\n`);
  assert.deepEqual([credential.kind, credential.principal], ["id_token", "a@example.com"]);
  assert.deepEqual([credential.canChooseAudience, credential.givesAccessToken], [false, false]);
  const otherAddress = "https://my-service-abcdefghij-uc.a.run.app";
  for (const audience of [undefined, serviceUrl, `${serviceUrl}/`, otherAddress]) {
    assert.deepEqual(await credential.idToken(audience), { token, source: "given" });
  }
  await assert.rejects(credential.idToken("https://other.run.app"), {
    code: "audience_not_supported",
    message: /is for https:\/\/my-service-123456\.us-central1\.run\.app, not for https:\/\/other\.run\.app$/,
  });
  await assert.rejects(credential.accessToken(), { code: "access_token_unavailable", fix: /by its URL/ });
});

test("gcloud's own audience serves everywhere", async () => {
  const credential = await withFile(unsignedToken({ ...good, aud: gcloudClientId }));
  assert.equal((await credential.idToken(serviceUrl)).source, "given");
});

test("a token that has ended is refused with when it ended", async () => {
  const credential = await withFile(unsignedToken({ ...good, exp: nowMs / 1000 }));
  await assert.rejects(credential.idToken(), { code: "token_expired", why: /2026-01-01T00:00:00/ });
  const endless = await withFile(unsignedToken({ ...good, exp: -1e300 }));
  await assert.rejects(endless.idToken(), { code: "token_expired", why: undefined });
});

test("what is no ID token of Google's is refused with what it is", async () => {
  const table: readonly [text: string, why: RegExp][] = [
    ["", /no JWT/],
    ["ya29.secret", /an access token/],
    ["a.b.c", /no JWT/],
    [unsignedToken({ ...good, iss: "https://token.actions.githubusercontent.com" }), /not from Google/],
    [unsignedToken({ ...good, aud: ["a"] }), /no audience/],
    [unsignedToken({ ...good, exp: "soon" }), /no end/],
  ];
  for (const [text, why] of table) {
    await assert.rejects(withFile(text), { code: "credentials_invalid", why }, text);
  }
});

test("standard input stands for a file; what cannot be read, or does not go together, says so", async () => {
  const token = unsignedToken(good);
  const given = await resolveCredential(context, { tokenFile: "-", readStdin: async () => token });
  assert.deepEqual([given.source, (await given.idToken()).token], ["standard input", token]);
  await assert.rejects(resolveCredential(context, { tokenFile: "/nonexistent/token" }), { code: "no_credentials" });
  await assert.rejects(resolveCredential(context, { tokenFile: tmpdir() }), {
    code: "credentials_invalid",
    why: /directory/,
  });
  await assert.rejects(resolveCredential(context, { tokenFile: "/dev/fd/999" }), { why: /no such descriptor/ });
  await assert.rejects(resolveCredential(context, { tokenFile: "/dev/zero" }), { why: /larger than/ });
  for (const other of [{ credentials: "gcloud" }, { account: "a@example.com" }]) {
    await assert.rejects(resolveCredential(context, { tokenFile: "-", ...other }), { code: "invalid_argument" });
  }
});
