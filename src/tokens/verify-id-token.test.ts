import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { test } from "node:test";
import { createMovableClock } from "../core/clock.ts";
import { silentLogger } from "../core/context.ts";
import type { Context, Fetch } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import { gcloudClientId } from "../google/oauth.ts";
import { verifyIdToken } from "./verify-id-token.ts";

const nowSeconds = 1_800_000_000;
const audience = "https://a.run.app";
const google = generateKeyPairSync("rsa", { modulusLength: 2048 });
const foreign = generateKeyPairSync("rsa", { modulusLength: 2048 });
const jwkOf = (key: KeyObject, kid: string): object => ({
  ...key.export({ format: "jwk" }),
  kid,
  alg: "RS256",
  use: "sig",
});

const servingKeys =
  (kid = "key-1"): Fetch =>
  async (url) => {
    assert.equal(url, "https://www.googleapis.com/oauth2/v3/certs");
    return Response.json({ keys: [jwkOf(google.publicKey, kid)] });
  };

function contextOf(fetch: Fetch = servingKeys()): Context {
  const clock = createMovableClock({ nowMs: () => nowSeconds * 1000 });
  return { environment: { variables: {}, homeDir: "/", platform: "linux" }, clock, fetch, log: silentLogger };
}

const goodClaims = {
  iss: "https://accounts.google.com",
  aud: audience,
  sub: "1",
  iat: nowSeconds - 60,
  exp: nowSeconds + 3540,
};

interface Parts {
  readonly header?: object;
  readonly claims?: object;
  readonly key?: KeyObject;
}

function tokenOf({ header = {}, claims = {}, key = google.privateKey }: Parts = {}): string {
  const parts = [
    { alg: "RS256", kid: "key-1", typ: "JWT", ...header },
    { ...goodClaims, ...claims },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
  const input = parts.join(".");
  return `${input}.${sign("RSA-SHA256", Buffer.from(input), key).toString("base64url")}`;
}

test("a token that Google signed is good, and its claims come back", async () => {
  const verified = await verifyIdToken(contextOf(), tokenOf(), { audiences: ["other", audience] });
  assert.deepEqual(verified.payload, goodClaims);
  assert.equal(verified.header["kid"], "key-1");
  await verifyIdToken(contextOf(), tokenOf({ claims: { iss: "accounts.google.com", aud: "whatever" } }));
});

const [head = "", body = "", signature = ""] = tokenOf().split(".");
const refusals: readonly (readonly [name: string, token: string, code: string, message: RegExp])[] = [
  ["nothing", "", "token_malformed", /no ID token/],
  ["an access token", "ya29.a0AfH6SMBx", "token_malformed", /no ID token/],
  ["two parts", `${head}.${body}`, "token_malformed", /no ID token/],
  ["no JSON", `${head}.e30x.${signature}`, "token_malformed", /no ID token/],
  [
    "another issuer",
    tokenOf({ claims: { iss: "https://evil.example" } }),
    "token_untrusted",
    /issued by "https:\/\/evil/,
  ],
  ["no issuer", tokenOf({ claims: { iss: undefined } }), "token_untrusted", /issued by nobody/],
  ["no algorithm", tokenOf({ header: { alg: "none" } }).replace(/[^.]*$/, ""), "token_untrusted", /signed with "none"/],
  ["another algorithm", tokenOf({ header: { alg: "HS256" } }), "token_untrusted", /signed with "HS256"/],
  ["a signature that Cloud Run took", `${head}.${body}.SIGNATURE_REMOVED_BY_GOOGLE`, "token_untrusted", /was removed/],
  ["an unknown key", tokenOf({ header: { kid: "key-2" } }), "token_untrusted", /key "key-2" is none of Google's/],
  [
    "an emulator's key",
    tokenOf({ header: { kid: "emulator-1" } }),
    "token_untrusted",
    /"emulator-1" is none of Google's/,
  ],
  ["a foreign key under Google's name", tokenOf({ key: foreign.privateKey }), "token_untrusted", /signature is wrong/],
  [
    "a key that the token brings along",
    tokenOf({ key: foreign.privateKey, header: { jwk: jwkOf(foreign.publicKey, "key-1") } }),
    "token_untrusted",
    /signature is wrong/,
  ],
  [
    "an extension that nobody knows",
    tokenOf({ header: { crit: ["x"], x: 1 } }),
    "token_untrusted",
    /signature is wrong/,
  ],
  [
    "changed claims",
    `${head}.${tokenOf({ claims: { sub: "2" } }).split(".")[1]}.${signature}`,
    "token_untrusted",
    /wrong/,
  ],
  ["no times", tokenOf({ claims: { exp: "never" } }), "token_malformed", /from when to when/],
  ["its end", tokenOf({ claims: { exp: nowSeconds } }), "token_expired", /expired 0 s ago/],
  ["long after its end", tokenOf({ claims: { exp: nowSeconds - 600 } }), "token_expired", /expired 10 min ago/],
  ["a time that is yet to come", tokenOf({ claims: { iat: nowSeconds + 301 } }), "clock_skew", /valid only in 5 min/],
  ["not before", tokenOf({ claims: { nbf: nowSeconds + 301 } }), "clock_skew", /valid only in 5 min/],
  [
    "another audience",
    tokenOf({ claims: { aud: "other" } }),
    "audience_mismatch",
    /is for "other", not for "https:\/\/a.run.app"/,
  ],
  ["a list of audiences", tokenOf({ claims: { aud: [audience] } }), "audience_mismatch", /not for/],
  ["a user's audience", tokenOf({ claims: { aud: gcloudClientId } }), "audience_mismatch", /not for/],
];

for (const [name, token, code, message] of refusals) {
  test(`refused with a sentence of its own, without the token: ${name}`, async () => {
    await assert.rejects(verifyIdToken(contextOf(), token, { audiences: [audience] }), (error: unknown) => {
      assert.ok(error instanceof RunpassError, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.ok(error.fix);
      const said = [error.message, error.why, error.fix].join(" ");
      for (const part of token.split("."))
        assert.ok(part.length < 9 || part.startsWith("SIG") || !said.includes(part), said);
      return true;
    });
  });
}

test("a token of Google is told apart where the keys are an emulator's, and one of another emulator", async () => {
  const context = contextOf(servingKeys("emulator-1"));
  await assert.rejects(verifyIdToken(context, tokenOf()), {
    message: /none of the emulator's/,
    why: /may be Google's/,
  });
  const other = tokenOf({ header: { kid: "emulator-2" } });
  await assert.rejects(verifyIdToken(context, other), { why: /another emulator/ });
  assert.ok(await verifyIdToken(context, tokenOf({ header: { kid: "emulator-1" } })));
});

test("without keys nothing is decided", async () => {
  const answers: readonly Fetch[] = [
    () => Promise.reject(new Error("no network")),
    async () => new Response("busy", { status: 503 }),
    async () => new Response("<html>"),
    async () => Response.json({ keys: 7 }),
  ];
  for (const fetch of answers) {
    await assert.rejects(verifyIdToken(contextOf(fetch), tokenOf()), { code: "google_unreachable" });
  }
});
