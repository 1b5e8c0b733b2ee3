import assert from "node:assert/strict";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { createMovableClock } from "../core/clock.ts";
import type { MovableClock } from "../core/clock.ts";
import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import type { Credential } from "../credentials/credential.ts";
import { adcClientId } from "../google/oauth.ts";
import { getIdToken } from "./id-tokens.ts";

interface Setup {
  readonly directory: string;
  readonly clock: MovableClock;
  readonly warnings: string[];
  readonly credential: Credential;
  /** A new one each time, as each process has its own. */
  context(variables?: Readonly<Record<string, string>>): Context;
  /** How many tokens were minted. */
  minted: number;
  /** What minting does, before it gives a token for an hour. */
  onMint: () => Promise<void>;
}

const audience = "https://service.run.app";

function setUp(t: TestContext): Setup {
  const parent = mkdtempSync(join(tmpdir(), "runpass-"));
  t.after(() => rmSync(parent, { recursive: true }));
  const directory = join(parent, "cache");
  const clock = createMovableClock({ nowMs: () => Date.UTC(2026, 0, 1) });
  const setup: Setup = {
    directory: join(directory, "id-tokens"),
    clock,
    warnings: [],
    minted: 0,
    onMint: async () => {},
    credential: credentialOf("one", async (aud) => {
      await setup.onMint();
      setup.minted++;
      return tokenOf({ aud, email: "robot@example.com", exp: clock.nowMs() / 1000 + 3600, jti: setup.minted });
    }),
    context: (variables = {}) => ({
      environment: { variables: { RUNPASS_CACHE_DIR: directory, ...variables }, homeDir: parent, platform: "linux" },
      clock,
      fetch: () => Promise.reject(new Error("no request is to be made")),
      log: { debug: () => {}, info: () => {}, warn: (message) => setup.warnings.push(message) },
    }),
  };
  return setup;
}

function credentialOf(fingerprint: string, mint: (audience: string) => Promise<string>): Credential {
  return {
    kind: "service_account",
    source: "the test",
    fingerprint,
    canChooseAudience: true,
    givesIdToken: true,
    givesAccessToken: true,
    accessToken: async () => "ya29.a",
    idToken: async (aud = "") => ({ token: await mint(aud), source: "minted" }),
  };
}

function tokenOf(claims: Record<string, unknown>): string {
  const segments = [{ alg: "RS256" }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
  return [...segments, "c2ln"].join(".");
}

test("a token is minted once, and then comes from the cache until five minutes before its end", async (t) => {
  const setup = setUp(t);
  const { credential, clock } = setup;
  const ask = async (): Promise<string> => (await getIdToken(setup.context(), { credential, audience })).source;
  assert.equal(await ask(), "minted");
  assert.equal(await ask(), "cache");
  clock.advanceMs(54 * 60_000);
  assert.equal(await ask(), "cache");
  clock.advanceMs(2 * 60_000);
  assert.equal(await ask(), "minted");
  assert.equal(setup.minted, 2);
});

test("a token tells its audience, end and principal", async (t) => {
  const { credential, clock, context } = setUp(t);
  const { token, ...rest } = await getIdToken(context(), { credential, audience });
  const expiresAtMs = clock.nowMs() + 3_600_000;
  assert.deepEqual(rest, { audience, expiresAtMs, principal: "robot@example.com", source: "minted" });
  assert.deepEqual(await getIdToken(context(), { credential, audience }), { token, ...rest, source: "cache" });
});

test("whatever changes the token, or the world it is from, has a token of its own", async (t) => {
  const setup = setUp(t);
  const { credential, context } = setup;
  const other = credentialOf("two", async (aud) => {
    setup.minted++;
    return tokenOf({ aud, exp: setup.clock.nowMs() / 1000 + 3600 });
  });
  const ca = join(setup.directory, "..", "ca.pem");
  const ask = async (variables: Record<string, string>, request: object): Promise<void> => {
    await getIdToken(context(variables), { credential, audience, ...request });
  };
  await ask({}, {});
  writeFileSync(ca, "one");
  const worlds: readonly [Record<string, string>, object][] = [
    [{}, { credential: other }],
    [{}, { audience: "https://other.run.app" }],
    [{}, { includeEmail: true }],
    [{}, { network: { proxyUrl: "http://proxy:1" } }],
    [{}, { network: { caFile: ca } }],
    [{ HTTPS_PROXY: "http://proxy:1" }, {}],
    [{ NO_PROXY: "googleapis.com", HTTPS_PROXY: "http://proxy:1" }, {}],
    [{ NODE_EXTRA_CA_CERTS: ca }, {}],
    [{ RUNPASS_EMULATOR: "http://127.0.0.1:9470" }, {}],
  ];
  for (const [index, [variables, request]] of worlds.entries()) {
    await ask(variables, request);
    assert.equal(setup.minted, index + 2, JSON.stringify([variables, request]));
  }
  writeFileSync(ca, "another");
  await ask({ NODE_EXTRA_CA_CERTS: ca }, {});
  assert.equal(setup.minted, worlds.length + 2, "a CA file that has changed");
  await ask({}, {});
  assert.equal(setup.minted, worlds.length + 2);
});

test("callers at the same time share one minting", async (t) => {
  const setup = setUp(t);
  const context = setup.context();
  const request = { credential: setup.credential, audience };
  const tokens = await Promise.all(Array.from({ length: 20 }, async () => (await getIdToken(context, request)).token));
  assert.equal(new Set(tokens).size, 1);
  assert.equal(setup.minted, 1);
});

test("callers with contexts of their own share one minting by the lock", async (t) => {
  const setup = setUp(t);
  const request = { credential: setup.credential, audience };
  await Promise.all(Array.from({ length: 10 }, async () => getIdToken(setup.context(), request)));
  assert.equal(setup.minted, 1);
});

test("the cache is 0600 files in a 0700 folder, even where the folder was open", async (t) => {
  const { credential, context, directory } = setUp(t);
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  chmodSync(directory, 0o755);
  await getIdToken(context(), { credential, audience });
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  const file = readdirSync(directory).find((name) => name.endsWith(".json")) ?? "";
  assert.equal(statSync(join(directory, file)).mode & 0o777, 0o600);
});

test("a damaged file is written over", async (t) => {
  const setup = setUp(t);
  const request = { credential: setup.credential, audience };
  await getIdToken(setup.context(), request);
  const file = join(setup.directory, readdirSync(setup.directory).find((name) => name.endsWith(".json")) ?? "");
  const good = readFileSync(file, "utf8");
  const damages = [
    "",
    good.slice(0, -10),
    "null",
    '{"token":7}',
    '{"token":"a.b.c"}',
    '{"token":"x\\r\\ny"}',
    "\0".repeat(100),
  ];
  for (const [index, damage] of damages.entries()) {
    writeFileSync(file, damage);
    assert.equal((await getIdToken(setup.context(), request)).source, "minted", damage);
    assert.equal(setup.minted, index + 2);
    assert.equal((await getIdToken(setup.context(), request)).source, "cache");
  }
  assert.deepEqual(setup.warnings, []);
});

test("where nothing can be kept, one warning is given and the token all the same", async (t) => {
  const setup = setUp(t);
  writeFileSync(join(setup.directory, "..", "..", "file"), "");
  const context = setup.context({ RUNPASS_CACHE_DIR: join(setup.directory, "..", "..", "file", "below") });
  assert.equal((await getIdToken(context, { credential: setup.credential, audience })).source, "minted");
  assert.equal((await getIdToken(context, { credential: setup.credential, audience })).source, "minted");
  assert.equal(setup.warnings.length, 1);
  assert.match(setup.warnings[0] ?? "", /cannot be kept/);
});

test("without the cache nothing is read and nothing is written", async (t) => {
  const setup = setUp(t);
  const request = { credential: setup.credential, audience, cache: false };
  assert.equal((await getIdToken(setup.context(), request)).source, "minted");
  assert.equal((await getIdToken(setup.context(), request)).source, "minted");
  assert.throws(() => statSync(setup.directory), { code: "ENOENT" });
});

test("when Google cannot be reached, a token that is still valid is better than none", async (t) => {
  const setup = setUp(t);
  const request = { credential: setup.credential, audience };
  await getIdToken(setup.context(), request);
  setup.onMint = async () => {
    throw new RunpassError({ code: "google_unreachable", message: "Google is away" });
  };
  setup.clock.advanceMs(57 * 60_000);
  assert.equal((await getIdToken(setup.context(), request)).source, "cache");
  assert.match(setup.warnings.join(), /Google is away; going on with a token that ends in 3 min/);
  setup.clock.advanceMs(3 * 60_000);
  await assert.rejects(getIdToken(setup.context(), request), { code: "google_unreachable" });
});

test("a refusal is not covered up by an old token", async (t) => {
  const setup = setUp(t);
  const request = { credential: setup.credential, audience };
  await getIdToken(setup.context(), request);
  setup.onMint = async () => {
    throw new RunpassError({ code: "credentials_rejected", message: "revoked" });
  };
  setup.clock.advanceMs(57 * 60_000);
  await assert.rejects(getIdToken(setup.context(), request), { code: "credentials_rejected" });
});

test("a failure is not remembered", async (t) => {
  const setup = setUp(t);
  const context = setup.context();
  const request = { credential: setup.credential, audience };
  setup.onMint = async () => {
    setup.onMint = async () => {};
    throw new RunpassError({ code: "google_unreachable", message: "Google is away" });
  };
  await assert.rejects(getIdToken(context, request), { code: "google_unreachable" });
  assert.equal((await getIdToken(context, request)).source, "minted");
});

test("after the clock went back, a token of the future is not trusted", async (t) => {
  const setup = setUp(t);
  const request = { credential: setup.credential, audience };
  await getIdToken(setup.context(), request);
  setup.clock.advanceMs(-24 * 60 * 60_000);
  assert.equal((await getIdToken(setup.context(), request)).source, "minted");
});

test("a token that ended on its way to us is asked for once more", async (t) => {
  const setup = setUp(t);
  const asleepMs = 2 * 60 * 60_000;
  const credential = credentialOf("sleeper", async (aud) => {
    setup.minted++;
    const token = tokenOf({ aud, exp: setup.clock.nowMs() / 1000 + 3600 });
    if (setup.minted === 1) setup.clock.advanceMs(asleepMs);
    return token;
  });
  const { expiresAtMs } = await getIdToken(setup.context(), { credential, audience });
  assert.equal(setup.minted, 2);
  assert.equal(expiresAtMs, setup.clock.nowMs() + 3_600_000);
  assert.deepEqual(setup.warnings, []);
});

test("where the clock is ahead, the token is handed out all the same, and the clock is told of", async (t) => {
  const setup = setUp(t);
  const credential = credentialOf("x", async (aud) => tokenOf({ aud, exp: setup.clock.nowMs() / 1000 - 7200 }));
  const { source } = await getIdToken(setup.context(), { credential, audience });
  assert.equal(source, "minted");
  assert.deepEqual(setup.warnings, [
    "The new token seems to have expired 120 min ago: this machine's clock is ahead of Google's",
  ]);
});

test("what has lain about for a day goes when something new is kept", async (t) => {
  const setup = setUp(t);
  await getIdToken(setup.context(), { credential: setup.credential, audience });
  const yesterday = Date.now() / 1000 - 25 * 60 * 60;
  for (const name of readdirSync(setup.directory)) utimesSync(join(setup.directory, name), yesterday, yesterday);
  const before = new Set(readdirSync(setup.directory));
  await getIdToken(setup.context(), { credential: setup.credential, audience: "https://new.run.app" });
  const after = readdirSync(setup.directory);
  assert.deepEqual(
    after.filter((name) => before.has(name)),
    [],
  );
});

test("an answer that is no token is no token", async (t) => {
  const setup = setUp(t);
  const credential = credentialOf("x", async () => "<html>hotel network</html>");
  await assert.rejects(getIdToken(setup.context(), { credential, audience }), { code: "google_unreachable" });
});

test("a user of Application Default Credentials is warned, an impersonated account is not", async (t) => {
  const setup = setUp(t);
  const credential: Credential = { ...setup.credential, oauthClientId: adcClientId, canChooseAudience: false };
  await getIdToken(setup.context(), { credential });
  assert.match(setup.warnings.join(), /Cloud Run may not take/);
});
