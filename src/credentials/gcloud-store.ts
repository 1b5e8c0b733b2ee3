import { existsSync } from "node:fs";
import { join } from "node:path";
import { RunpassError } from "../core/errors.ts";
import { loadSqlite } from "../core/sqlite.ts";

/** How long to wait for gcloud to finish writing. */
const lockTimeoutMs = 1_000;

/** gcloud's store cannot be read. `locked`: by another process, for now. */
export class GcloudStoreError extends RunpassError {
  readonly locked: boolean;

  constructor(file: string, why: string, locked: boolean) {
    super({
      code: "credentials_invalid",
      message: `gcloud's store ${file} cannot be read`,
      why,
      fix: locked ? "Run the command again when gcloud has finished." : "Log in again: gcloud auth login",
    });
    this.locked = locked;
  }
}

/** Tokens that gcloud has stored of an account. Source: gcloud, `core/credentials/creds.py`, `AccessTokenCache`. */
export interface StoredTokens {
  readonly accessToken?: string;
  /** When the access token expires, in milliseconds since the Unix epoch. */
  readonly expiresAtMs?: number;
  readonly idToken?: string;
}

/**
 * The credentials of one of gcloud's accounts, as JSON text.
 *
 * @returns `undefined` when gcloud has none for the account, or no store at all.
 * @throws {GcloudStoreError}
 */
export function readStoredCredential(directory: string, account: string): string | undefined {
  const file = join(directory, "credentials.db");
  const value = readRow(file, 'SELECT value FROM "credentials" WHERE account_id = ?', account)?.["value"];
  // Python writes text or a blob, whichever its version made of the JSON.
  if (value === undefined || typeof value === "string") return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8");
  throw new GcloudStoreError(file, "it holds something other than text", false);
}

/**
 * The tokens that gcloud has stored for an account; nothing where it has none or its store has another shape. Whether they are
 * still valid is not looked at.
 *
 * @throws {GcloudStoreError}
 */
export function readStoredTokens(directory: string, account: string): StoredTokens {
  // `*`, as older versions lack columns
  const row = readRow(
    join(directory, "access_tokens.db"),
    'SELECT * FROM "access_tokens" WHERE account_id = ?',
    account,
  );
  const expiresAtMs = parseExpiry(row?.["token_expiry"]);
  const { access_token: accessToken, id_token: idToken } = row ?? {};
  return {
    ...(isToken(accessToken) ? { accessToken } : {}),
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    ...(isToken(idToken) ? { idToken } : {}),
  };
}

function readRow(file: string, query: string, account: string): Record<string, unknown> | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const database = new (loadSqlite().DatabaseSync)(file, { readOnly: true, timeout: lockTimeoutMs });
    try {
      return database.prepare(query).get(account);
    } finally {
      database.close();
    }
  } catch (error) {
    const { errcode, message } = error as { errcode?: number; message: string };
    // SQLITE_BUSY and SQLITE_LOCKED, by their primary result code
    const locked = errcode !== undefined && [5, 6].includes(errcode % 256);
    throw new GcloudStoreError(file, locked ? "another process has locked it" : message, locked);
  }
}

/** What can stand in a header. */
function isToken(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value);
}

/** `YYYY-MM-DD HH:MM:SS.ffffff`, in UTC. */
function parseExpiry(value: unknown): number | undefined {
  if (typeof value !== "string") return undefined;
  const [, date, time] = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)/.exec(value) ?? [];
  const instantMs = Date.parse(`${date}T${time}Z`);
  return Number.isNaN(instantMs) ? undefined : instantMs;
}
