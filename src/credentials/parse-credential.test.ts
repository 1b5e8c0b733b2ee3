import assert from "node:assert/strict";
import { generateKeyPairSync, verify } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { inspect } from "node:util";
import type { Context } from "../core/context.ts";
import { silentLogger } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import { decodeJwt } from "../google/id-token.ts";
import type { Credential } from "./credential.ts";
import type { StoredTokens } from "./gcloud-store.ts";
import { parseCredential } from "./parse-credential.ts";

const nowMs = Date.UTC(2026, 0, 1);
const secrets = ["the-client-secret", "the-refresh-token"];
const clientId = "client.apps.example.com";

/** A token endpoint that answers so; the form of each request is kept. */
async function tokenEndpoint(
  t: TestContext,
  answer: (form: URLSearchParams) => { status?: number; body: unknown },
): Promise<{ url: string; forms: URLSearchParams[] }> {
  const forms: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += String(chunk)));
    request.on("end", () => {
      const form = new URLSearchParams(text);
      forms.push(form);
      const { status = 200, body } = answer(form);
      response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`, forms };
}

const context: Context = {
  environment: { variables: {}, homeDir: "/nonexistent", platform: "linux" },
  clock: { nowMs: () => nowMs },
  fetch: (url, init) => fetch(url, init),
  log: silentLogger,
};

function idToken(claims: Record<string, unknown>): string {
  const segments = [{ alg: "RS256" }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
  return [...segments, "c2ln"].join(".");
}

function user(tokenUri: string, stored?: StoredTokens): Credential {
  const fields = {
    type: "authorized_user",
    client_id: clientId,
    client_secret: secrets[0],
    refresh_token: secrets[1],
    token_uri: tokenUri,
  };
  return parseCredential(context, JSON.stringify(fields), {
    source: "the file",
    login: "gcloud auth login",
    readStoredTokens: () => stored ?? {},
  });
}

async function failure(promise: Promise<unknown>): Promise<RunpassError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof RunpassError, inspect(error));
    for (const secret of secrets) assert.ok(!inspect(error, { depth: Infinity }).includes(secret), "a secret shows");
    return error;
  }
  return assert.fail("no error");
}

test("one refresh grant brings a user's access token and ID token", async (t) => {
  const token = idToken({ aud: clientId });
  const { url, forms } = await tokenEndpoint(t, () => ({
    body: { access_token: "ya29.a", expires_in: 3599, token_type: "Bearer", id_token: token },
  }));
  const credential = user(url);
  assert.equal(await credential.accessToken(), "ya29.a");
  assert.deepEqual(await credential.idToken(clientId), { token, source: "minted" });
  assert.deepEqual(forms.map(Object.fromEntries), [
    { grant_type: "refresh_token", client_id: clientId, client_secret: secrets[0], refresh_token: secrets[1] },
  ]);
  await credential.accessToken({ fresh: true });
  assert.equal(forms.length, 2);
});

test("callers at the same time share one request", async (t) => {
  const { url, forms } = await tokenEndpoint(t, () => ({ body: { access_token: "a", expires_in: 3599 } }));
  const credential = user(url);
  await Promise.all([credential.accessToken(), credential.accessToken(), credential.accessToken()]);
  assert.equal(forms.length, 1);
});

test("tokens that gcloud has stored are used while they are valid, without a request", async () => {
  const own = idToken({ aud: clientId, exp: nowMs / 1000 + 3000 });
  const stored = { accessToken: "ya29.stored", expiresAtMs: nowMs + 3_000_000, idToken: own };
  const credential = user("https://token.invalid/", stored);
  assert.equal(await credential.accessToken(), "ya29.stored");
  assert.deepEqual(await credential.idToken(), { token: own, source: "gcloud" });
});

test("stored tokens that are old, or another client's, are not used", async (t) => {
  const fresh = idToken({ aud: clientId, exp: nowMs / 1000 + 3600 });
  const { url, forms } = await tokenEndpoint(t, () => ({
    body: { access_token: "new", expires_in: 3599, id_token: fresh },
  }));
  for (const claims of [{ aud: clientId, exp: nowMs / 1000 + 60 }, { aud: "other", exp: nowMs / 1000 + 3000 }, {}]) {
    const stored = { accessToken: "old", expiresAtMs: nowMs + 60_000, idToken: idToken(claims) };
    const credential = user(url, stored);
    assert.equal(await credential.accessToken(), "new");
    assert.equal((await credential.idToken()).token, fresh);
  }
  assert.equal(forms.length, 3);
});

test("a user cannot choose an audience, and learns what can", async () => {
  const error = await failure(user("https://token.invalid/").idToken("https://service.run.app"));
  assert.equal(error.code, "audience_not_supported");
  assert.match(error.fix ?? "", /--as/);
});

test("a login without openid has no ID token, and the error says so", async (t) => {
  const { url } = await tokenEndpoint(t, () => ({ body: { access_token: "a", expires_in: 3599 } }));
  const error = await failure(user(url).idToken());
  assert.equal(error.code, "scope_missing");
  assert.match(error.why ?? "", /openid/);
});

test("Google's refusal is told in Google's words, with a way on, and without what it echoes", async (t) => {
  const description = `Token ${secrets[1]} has been\n expired or revoked. ${"x".repeat(1000)}`;
  const { url } = await tokenEndpoint(t, () => ({
    status: 400,
    body: { error: "invalid_grant", error_description: description },
  }));
  const error = await failure(user(url).accessToken());
  assert.equal(error.code, "grant_revoked");
  assert.match(error.why ?? "", /^invalid_grant: Token \[redacted\] has been expired or revoked\. x+$/);
  assert.ok((error.why ?? "").length <= 300);
  assert.match(error.fix ?? "", /gcloud auth login/);
});

test("an endpoint that fails or answers nonsense is told from a refusal", async (t) => {
  const answers = [
    { status: 503, body: "" },
    { status: 500, body: { error: "internal_failure" } },
    { status: 200, body: "<html>hotel network</html>" },
    { status: 200, body: "null" },
    { status: 200, body: { access_token: 7 } },
    { status: 302, body: "" },
  ];
  for (const answer of answers) {
    const { url } = await tokenEndpoint(t, () => answer);
    assert.equal((await failure(user(url).accessToken())).code, "google_unreachable", JSON.stringify(answer));
  }
  assert.equal((await failure(user("http://127.0.0.1:1/token").accessToken())).code, "google_unreachable");
});

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const email = "robot@p.iam.gserviceaccount.com";

function serviceAccount(
  tokenUri: string,
  key = privateKey.export({ type: "pkcs8", format: "pem" }) as string,
): Credential {
  const fields = { type: "service_account", client_email: email, private_key: key, token_uri: tokenUri };
  return parseCredential(context, JSON.stringify(fields), { source: "the file", login: "gcloud auth login" });
}

test("a service account's key signs an assertion for any audience, or for an access token", async (t) => {
  const { url, forms } = await tokenEndpoint(t, (form) => {
    const claims = decodeJwt(form.get("assertion") ?? "")?.payload ?? {};
    return {
      body: claims["scope"] === undefined ? { id_token: "a.b.c" } : { access_token: "ya29.a", expires_in: 3599 },
    };
  });
  const credential = serviceAccount(url);
  assert.deepEqual([credential.member, credential.canChooseAudience], [`serviceAccount:${email}`, true]);
  assert.deepEqual(await credential.idToken("https://service.run.app"), { token: "a.b.c", source: "minted" });
  assert.equal(await credential.accessToken(), "ya29.a");
  const [forId = "", forAccess = ""] = forms.map((form) => form.get("assertion") ?? "");
  for (const assertion of [forId, forAccess]) {
    const [head, body, signature = ""] = assertion.split(".");
    assert.ok(verify("sha256", Buffer.from(`${head}.${body}`), publicKey, Buffer.from(signature, "base64url")));
    const { iss, aud, exp, iat } = decodeJwt(assertion)?.payload ?? {};
    assert.deepEqual([iss, aud, Number(exp) - Number(iat)], [email, "https://oauth2.googleapis.com/token", 3600]);
  }
  assert.equal(decodeJwt(forId)?.payload["target_audience"], "https://service.run.app");
  assert.equal(decodeJwt(forAccess)?.payload["scope"], "https://www.googleapis.com/auth/cloud-platform");
});

test("a service account's ID token needs an audience", async () => {
  assert.equal((await failure(serviceAccount("https://token.invalid/").idToken())).code, "invalid_argument");
});

test("a key that is none is said so, and not shown", async () => {
  const elliptic = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  for (const key of ["the-client-secret", elliptic.export({ type: "pkcs8", format: "pem" }) as string]) {
    const error = await failure(serviceAccount("https://token.invalid/", key).accessToken());
    assert.equal(error.code, "credentials_invalid");
  }
});

test("an answer without an ID token is not blamed on the key", async (t) => {
  const { url } = await tokenEndpoint(t, () => ({ body: {} }));
  assert.equal((await failure(serviceAccount(url).idToken("https://a"))).code, "google_unreachable");
});

test("what is no usable credential is refused by name, without its text", () => {
  const good = { type: "authorized_user", client_id: "c", client_secret: "s", refresh_token: "r" };
  const texts = [
    "",
    "null",
    "[]",
    `{"${secrets[1]}`,
    JSON.stringify({}),
    JSON.stringify({ type: secrets[1] }),
    JSON.stringify({ type: "external_account" }),
    JSON.stringify({ ...good, refresh_token: 7 }),
    JSON.stringify({ ...good, client_id: "" }),
    JSON.stringify({ ...good, universe_domain: "example.com" }),
    JSON.stringify({ ...good, token_uri: "http://elsewhere.example.com/token" }),
    JSON.stringify({ ...good, token_uri: secrets[1] }),
    JSON.stringify({ type: "service_account", client_email: "not an e-mail", private_key: "k" }),
  ];
  for (const text of texts) {
    assert.throws(
      () => parseCredential(context, text, { source: "the file", login: "gcloud auth login" }),
      (error) => {
        assert.ok(error instanceof RunpassError);
        assert.equal(error.code, "credentials_invalid", text);
        assert.ok(!inspect(error, { depth: Infinity }).includes("the-refresh-token"));
        return true;
      },
      text,
    );
  }
});
