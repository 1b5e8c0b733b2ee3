import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { loadSqlite } from "../core/sqlite.ts";
import { readStoredCredential, readStoredTokens } from "./gcloud-store.ts";

const account = "dev@example.com";

function directoryWith(t: TestContext, sql: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), "runpass-"));
  t.after(() => rmSync(directory, { recursive: true }));
  for (const [name, statements] of Object.entries(sql)) {
    using database = new (loadSqlite().DatabaseSync)(join(directory, name));
    database.exec(statements);
  }
  return directory;
}

test("an account's credential is read whether it was written as text or as a blob", (t) => {
  const directory = directoryWith(t, {
    "credentials.db": `CREATE TABLE credentials (account_id TEXT PRIMARY KEY, value BLOB);
      INSERT INTO credentials VALUES ('${account}', '{"a":"ü"}'), ('blob@example.com', CAST('{"b":"ü"}' AS BLOB))`,
  });
  assert.equal(readStoredCredential(directory, account), '{"a":"ü"}');
  assert.equal(readStoredCredential(directory, "blob@example.com"), '{"b":"ü"}');
  assert.equal(readStoredCredential(directory, "nobody@example.com"), undefined);
});

test("no store is no error", () => {
  assert.equal(readStoredCredential("/nonexistent", account), undefined);
  assert.deepEqual(readStoredTokens("/nonexistent", account), {});
});

test("stored tokens are read from the newest schema and from an older one", (t) => {
  const newest = directoryWith(t, {
    "access_tokens.db": `CREATE TABLE access_tokens (account_id TEXT PRIMARY KEY, access_token TEXT, token_expiry TIMESTAMP,
      rapt_token TEXT, id_token TEXT, regional_access_boundary TEXT, regional_access_boundary_expiry TIMESTAMP);
      INSERT INTO access_tokens VALUES ('${account}', 'access', '2026-01-02 03:04:05.678901', NULL, 'id', NULL, NULL)`,
  });
  const expiresAtMs = Date.UTC(2026, 0, 2, 3, 4, 5);
  assert.deepEqual(readStoredTokens(newest, account), { accessToken: "access", expiresAtMs, idToken: "id" });
  const older = directoryWith(t, {
    "access_tokens.db": `CREATE TABLE access_tokens (account_id TEXT PRIMARY KEY, access_token TEXT, token_expiry TIMESTAMP, rapt_token TEXT);
      INSERT INTO access_tokens VALUES ('${account}', 'access', '2026-01-02 03:04:05', NULL)`,
  });
  assert.deepEqual(readStoredTokens(older, account), { accessToken: "access", expiresAtMs });
});

test("values of another kind than gcloud writes are no tokens", (t) => {
  const directory = directoryWith(t, {
    "access_tokens.db": `CREATE TABLE access_tokens (account_id TEXT PRIMARY KEY, access_token TEXT, token_expiry TIMESTAMP, id_token TEXT);
      INSERT INTO access_tokens VALUES ('${account}', 'two' || char(13, 10) || 'lines', 'soon', x'00')`,
  });
  assert.deepEqual(readStoredTokens(directory, account), {});
});

test("another schema and a damaged file are said to be unreadable", (t) => {
  const directory = directoryWith(t, { "credentials.db": "CREATE TABLE something (id INTEGER)" });
  const error = { code: "credentials_invalid", locked: false };
  assert.throws(() => readStoredCredential(directory, account), { ...error, why: "no such table: credentials" });
  writeFileSync(join(directory, "credentials.db"), "not a database, but long enough to be taken for one".repeat(50));
  assert.throws(() => readStoredCredential(directory, account), { ...error, why: "file is not a database" });
});

test("a locked store is told from a broken one", (t) => {
  const directory = directoryWith(t, {
    "credentials.db": "CREATE TABLE credentials (account_id TEXT PRIMARY KEY, value BLOB)",
  });
  using database = new (loadSqlite().DatabaseSync)(join(directory, "credentials.db"));
  database.exec("BEGIN EXCLUSIVE");
  assert.throws(() => readStoredCredential(directory, account), { code: "credentials_invalid", locked: true });
});

test("reading changes nothing in gcloud's directory", (t) => {
  const directory = directoryWith(t, {
    "credentials.db": "CREATE TABLE credentials (account_id TEXT PRIMARY KEY, value BLOB)",
  });
  const before = [readdirSync(directory), statSync(join(directory, "credentials.db")).mtimeMs];
  readStoredCredential(directory, account);
  readStoredTokens(directory, account);
  assert.deepEqual([readdirSync(directory), statSync(join(directory, "credentials.db")).mtimeMs], before);
});
