import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { systemClock } from "../core/clock.ts";
import type { Context } from "../core/context.ts";
import { loadSqlite } from "../core/sqlite.ts";
import { writeLogin } from "./login-store.ts";
import { findCredential, isGcloudFirst, resolveCredential } from "./resolve.ts";
import type { ResolveOptions } from "./resolve.ts";

const user = (name: string): string =>
  JSON.stringify({
    type: "authorized_user",
    client_id: "client",
    client_secret: "s",
    refresh_token: `refresh-${name}`,
  });

interface Files {
  /** Accounts logged in; the first is active. */
  readonly gcloud?: readonly string[];
  readonly adc?: string;
}

interface Place {
  readonly directory: string;
  readonly warnings: string[];
  context(variables?: Readonly<Record<string, string>>): Context;
}

function place(t: TestContext, { gcloud, adc }: Files): Place {
  const directory = mkdtempSync(join(tmpdir(), "runpass-"));
  t.after(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, "configurations"));
  writeFileSync(join(directory, "key.json"), user("file"));
  if (adc !== undefined) writeFileSync(join(directory, "application_default_credentials.json"), adc);
  if (gcloud) {
    writeFileSync(join(directory, "configurations", "config_default"), `[core]\naccount = ${gcloud[0]}\n`);
    writeFileSync(join(directory, "configurations", "config_second"), `[core]\naccount = ${gcloud[1]}\n`);
    using database = new (loadSqlite().DatabaseSync)(join(directory, "credentials.db"));
    database.exec("CREATE TABLE credentials (account_id TEXT PRIMARY KEY, value BLOB)");
    const insert = database.prepare("INSERT INTO credentials VALUES (?, ?)");
    for (const account of gcloud) insert.run(account, user(account));
  }
  const warnings: string[] = [];
  return {
    directory,
    warnings,
    context: (variables = {}) => ({
      environment: { variables: { CLOUDSDK_CONFIG: directory, ...variables }, homeDir: directory, platform: "linux" },
      clock: systemClock,
      fetch: () => Promise.reject(new Error("resolving makes no request")),
      log: { debug: () => {}, info: () => {}, warn: (message) => warnings.push(message) },
    }),
  };
}

const all: Files = { gcloud: ["dev@example.com", "admin@example.com"], adc: user("adc") };
const variable = "GOOGLE_APPLICATION_CREDENTIALS";

test("precedence: asked for, then the variable, then gcloud's account, then Application Default Credentials", async (t) => {
  const here = place(t, all);
  const key = join(here.directory, "key.json");
  const adc = join(here.directory, "application_default_credentials.json");
  const dev = "gcloud's account dev@example.com";
  const admin = "gcloud's account admin@example.com";
  const table: readonly [options: ResolveOptions, variables: Record<string, string>, source: string][] = [
    [{}, {}, dev],
    [{}, { [variable]: key }, key],
    [{}, { [variable]: "" }, dev],
    [{}, { CLOUDSDK_CORE_ACCOUNT: "admin@example.com" }, admin],
    [{}, { CLOUDSDK_ACTIVE_CONFIG_NAME: "second" }, admin],
    [{}, { CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE: key }, key],
    [{}, { RUNPASS_CREDENTIALS: "gcloud", [variable]: key }, dev],
    [{}, { RUNPASS_CREDENTIALS: "adc", [variable]: key }, key],
    [{}, { RUNPASS_CREDENTIALS: "adc" }, adc],
    [{}, { RUNPASS_CREDENTIALS: key }, key],
    [{ credentials: "gcloud" }, { [variable]: key, RUNPASS_CREDENTIALS: "adc" }, dev],
    [{ credentials: key }, { RUNPASS_CREDENTIALS: "gcloud" }, key],
    [{ account: "admin@example.com" }, { [variable]: key, RUNPASS_CREDENTIALS: "adc" }, admin],
    [{ configuration: "second" }, { [variable]: key }, admin],
    [{ configuration: "second", account: "dev@example.com" }, {}, dev],
  ];
  for (const [options, variables, source] of table) {
    const credential = await resolveCredential(here.context(variables), options);
    assert.equal(credential.source, source, JSON.stringify([options, variables]));
  }
});

test("without gcloud the file of Application Default Credentials is taken, and what was passed over is told", async (t) => {
  const here = place(t, { adc: user("adc") });
  const { credential, lookedAt } = await findCredential(here.context());
  assert.match(credential?.source ?? "", /application_default_credentials\.json$/);
  assert.deepEqual(
    lookedAt.map(({ outcome, reason }) => [outcome, reason]),
    [
      ["absent", "not set"],
      ["absent", "none"],
      ["absent", "none in configuration default"],
      ["taken", credential?.source],
      ["not_reached", "another came first"],
    ],
  );
  assert.deepEqual(here.warnings, []);
});

test("a login of runpass's own comes before gcloud's, and behind what a variable names", async (t) => {
  const here = place(t, all);
  const context = here.context();
  const login = { account: "own@example.com", clientId: "client", refreshToken: "1//own" };
  writeLogin(context.environment, login);
  assert.equal((await resolveCredential(context)).source, "runpass login of own@example.com");
  assert.equal(isGcloudFirst(context, {}), false);
  const rows: readonly (readonly [object, Record<string, string>, RegExp])[] = [
    [{ credentials: "login" }, {}, /own@example/],
    [{ credentials: "login", account: "own@example.com" }, {}, /own@example/],
    [{ credentials: "gcloud" }, {}, /gcloud's account dev@/],
    [{ account: "admin@example.com" }, {}, /gcloud's account admin@/],
    [{}, { RUNPASS_CREDENTIALS: "gcloud" }, /gcloud's account dev@/],
    [{}, { GOOGLE_APPLICATION_CREDENTIALS: join(here.directory, "key.json") }, /key\.json$/],
  ];
  for (const [options, variables, source] of rows) {
    assert.match((await resolveCredential(here.context(variables), options)).source, source);
  }
  const nobody = { credentials: "login", account: "other@example.com" };
  await assert.rejects(resolveCredential(context, nobody), { code: "no_credentials", fix: "Log in: runpass login" });
});

test("a login whose file is damaged is reported and passed over, and an error where it was asked for", async (t) => {
  const here = place(t, all);
  const context = here.context();
  const file = writeLogin(context.environment, { account: "own@example.com", clientId: "c", refreshToken: "1//own" });
  for (const damage of ["", "{", "[]", '{"client_id":"c"}']) {
    writeFileSync(file, damage);
    assert.match((await resolveCredential(context)).source, /gcloud/);
    assert.match(here.warnings.pop() ?? "", /runpass login of own@example\.com cannot be used/);
    await assert.rejects(resolveCredential(context, { credentials: "login" }), {
      code: "credentials_invalid",
      fix: /runpass login own@example\.com/,
    });
  }
});

test("with nothing at all the error lists every place and says how to log in", async (t) => {
  const here = place(t, {});
  await assert.rejects(resolveCredential(here.context()), {
    code: "no_credentials",
    why: /GOOGLE_APPLICATION_CREDENTIALS \(not set\), runpass login \(none\), gcloud's active account .*application_default_credentials\.json \(no such file\), the metadata server \(none answers\)$/,
    fix: /gcloud auth login/,
  });
});

test("a broken place is reported and passed over", async (t) => {
  const here = place(t, { adc: user("adc") });
  writeFileSync(join(here.directory, "configurations", "config_default"), "[core]\naccount = dev@example.com\n");
  writeFileSync(join(here.directory, "credentials.db"), "damaged ".repeat(100));
  const { credential, lookedAt } = await findCredential(here.context());
  assert.match(credential?.source ?? "", /application_default_credentials\.json$/);
  assert.match(here.warnings.join(), /credentials\.db cannot be read: file is not a database; passed over/);
  assert.equal(lookedAt[2]?.outcome, "broken");
});

test("a place that was asked for is never passed over", async (t) => {
  const here = place(t, all);
  const missing = join(here.directory, "missing.json");
  const broken = join(here.directory, "broken.json");
  writeFileSync(broken, "{");
  const table: readonly [options: ResolveOptions, variables: Record<string, string>, code: string][] = [
    [{}, { [variable]: missing }, "no_credentials"],
    [{}, { [variable]: broken }, "credentials_invalid"],
    [{}, { [variable]: here.directory }, "credentials_invalid"],
    [{ credentials: missing }, {}, "no_credentials"],
    [{ credentials: broken }, {}, "credentials_invalid"],
    [{ account: "stranger@example.com" }, {}, "no_credentials"],
    [{ configuration: "unknown" }, {}, "invalid_argument"],
    [{ account: "dev@example.com", credentials: "adc" }, {}, "invalid_argument"],
  ];
  for (const [options, variables, code] of table) {
    await assert.rejects(resolveCredential(here.context(variables), options), { code }, JSON.stringify(options));
  }
});

test("a locked store is an error, as passing it over would make somebody else of you", async (t) => {
  const here = place(t, all);
  using database = new (loadSqlite().DatabaseSync)(join(here.directory, "credentials.db"));
  database.exec("BEGIN EXCLUSIVE");
  await assert.rejects(resolveCredential(here.context()), { code: "credentials_invalid", why: /locked/ });
});

test("what a credential tells of itself comes from its place", async (t) => {
  const here = place(t, all);
  const dev = await resolveCredential(here.context());
  const { principal, member, oauthClientId, canChooseAudience } = dev;
  assert.deepEqual([principal, member], ["dev@example.com", "user:dev@example.com"]);
  assert.deepEqual([oauthClientId, canChooseAudience], ["client", false]);
  const admin = await resolveCredential(here.context(), { account: "admin@example.com" });
  assert.notEqual(admin.fingerprint, dev.fingerprint);
  const again = await resolveCredential(here.context());
  assert.equal(again.fingerprint, dev.fingerprint);
});
