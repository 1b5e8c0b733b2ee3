import { rm } from "node:fs/promises";
import type { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { loadSqlite } from "../core/sqlite.ts";
import { adcClientId, gcloudClientId, tokenUrl } from "../google/oauth.ts";
import type { AuthorizedUserKey } from "../google/oauth.ts";
import { makePrivateDirectory, writePrivateFile } from "./private-file.ts";

/** What a gcloud configuration says. */
export interface GcloudSetup {
  readonly project: string;
  readonly region: string;
  /** Users logged in; the first is active. */
  readonly logins: readonly GcloudLogin[];
}

export interface GcloudLogin {
  readonly email: string;
  /** For gcloud's own OAuth client. */
  readonly refreshToken: string;
  /** For the OAuth client of Application Default Credentials. */
  readonly adcRefreshToken: string;
}

/** Stands where gcloud keeps its client's published secret: the emulator's token endpoint takes any. */
const clientSecret = "emulator";

const gcloudScopes = [
  "openid",
  "https://www.googleapis.com/auth/userinfo.email",
  "https://www.googleapis.com/auth/cloud-platform",
  "https://www.googleapis.com/auth/appengine.admin",
  "https://www.googleapis.com/auth/sqlservice.login",
  "https://www.googleapis.com/auth/compute",
];

/** Where {@link writeGcloudConfiguration} puts Application Default Credentials, as gcloud does. */
export function adcPath(directory: string): string {
  return join(directory, "application_default_credentials.json");
}

/**
 * Writes a gcloud configuration directory (`CLOUDSDK_CONFIG`) as `gcloud auth login`, `gcloud auth application-default login`
 * and `gcloud config set` leave it behind. Source: gcloud 578, `core/config.py` and `core/credentials/creds.py`.
 */
export async function writeGcloudConfiguration(directory: string, setup: GcloudSetup): Promise<void> {
  await makePrivateDirectory(directory);
  const [active] = setup.logins;
  await Promise.all([
    writePrivateFile(join(directory, "active_config"), "default"),
    writePrivateFile(join(directory, "configurations", "config_default"), formatConfiguration(setup)),
    ...setup.logins.map((login) =>
      writePrivateFile(
        join(directory, "legacy_credentials", login.email, "adc.json"),
        formatKey(gcloudClientId, login.refreshToken),
      ),
    ),
    ...(active ? [writePrivateFile(adcPath(directory), formatKey(adcClientId, active.adcRefreshToken))] : []),
    // SQLite makes its own files; made first and empty, they keep their mode.
    ...["credentials.db", "access_tokens.db"].map(async (name) => {
      await writePrivateFile(join(directory, name), "");
      await rm(join(directory, `${name}-journal`), { force: true });
    }),
  ]);
  writeCredentialStore(join(directory, "credentials.db"), setup.logins);
  writeAccessTokenStore(join(directory, "access_tokens.db"));
}

/** gcloud's INI file. Whatever makes gcloud talk to anything but the commands' own APIs is off. */
function formatConfiguration({ project, region, logins }: GcloudSetup): string {
  const account = logins[0] ? [`account = ${logins[0].email}`] : [];
  return [
    "[core]",
    ...account,
    `project = ${project}`,
    "disable_usage_reporting = true",
    "check_gce_metadata = false",
    "[run]",
    `region = ${region}`,
    "[survey]",
    "disable_prompts = true",
    "[component_manager]",
    "disable_update_check = true",
    "",
  ].join("\n");
}

function formatKey(clientId: string, refreshToken: string): string {
  const key: AuthorizedUserKey = {
    type: "authorized_user",
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
    universe_domain: "googleapis.com",
  };
  return `${JSON.stringify(key, null, 2)}\n`;
}

function writeCredentialStore(path: string, logins: readonly GcloudLogin[]): void {
  using database = openNew(path);
  database.exec('CREATE TABLE "credentials" (account_id TEXT PRIMARY KEY, value BLOB)');
  const insert = database.prepare('INSERT INTO "credentials" (account_id, value) VALUES (?, ?)');
  for (const { email, refreshToken } of logins) {
    const value = {
      client_id: gcloudClientId,
      client_secret: clientSecret,
      refresh_token: refreshToken,
      revoke_uri: "https://oauth2.googleapis.com/revoke",
      scopes: gcloudScopes,
      token_uri: tokenUrl,
      type: "authorized_user",
      universe_domain: "googleapis.com",
    };
    insert.run(email, JSON.stringify(value));
  }
}

function writeAccessTokenStore(path: string): void {
  using database = openNew(path);
  database.exec(
    'CREATE TABLE "access_tokens" (account_id TEXT PRIMARY KEY, access_token TEXT, token_expiry TIMESTAMP, rapt_token TEXT, ' +
      "id_token TEXT, regional_access_boundary TEXT, regional_access_boundary_expiry TIMESTAMP)",
  );
}

/** A database that nobody else has open yet, and that is written anew at the next start: nothing has to reach the disk. */
function openNew(path: string): DatabaseSync {
  const database = new (loadSqlite().DatabaseSync)(path);
  database.exec("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF");
  return database;
}
