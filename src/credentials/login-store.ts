import { chmodSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../core/context.ts";
import type { Environment } from "../core/environment.ts";
import { readVariable } from "../core/environment.ts";
import { writeWhole } from "../core/write-whole.ts";
import { sha256Hex } from "../core/sha256.ts";
import { tokenUrl } from "../google/oauth.ts";
import { createAuthorizedUser } from "./authorized-user.ts";
import type { Credential } from "./credential.ts";
import { invalid, isEmail, optionalText, parseFields, textReader } from "./fields.ts";
import type { CredentialOrigin } from "./fields.ts";
import { readTextFile } from "./read-text-file.ts";

/** What `runpass login` leaves behind: a user's grant to an OAuth client. */
export interface StoredLogin {
  /** E-mail. */
  readonly account: string;
  readonly clientId: string;
  /** Absent for a client that has none. */
  readonly clientSecret?: string;
  readonly refreshToken: string;
}

/** `RUNPASS_CONFIG_DIR`, else `runpass` in the directory for configuration. Source: XDG Base Directory Specification. */
export function configDirectory(environment: Environment): string {
  const named = readVariable(environment, "RUNPASS_CONFIG_DIR");
  if (named !== undefined) return named;
  const appData = environment.platform === "win32" ? readVariable(environment, "APPDATA") : undefined;
  return join(
    readVariable(environment, "XDG_CONFIG_HOME") ?? appData ?? join(environment.homeDir, ".config"),
    "runpass",
  );
}

/** Keeps a login, 0600 in a 0700 folder, in place of an earlier one of the same account; it becomes the active one. @returns its file. */
export function writeLogin(environment: Environment, login: StoredLogin): string {
  const directory = loginsDirectory(environment);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  const file = fileOf(directory, login.account);
  const content = {
    type: "authorized_user",
    account: login.account,
    client_id: login.clientId,
    ...(login.clientSecret === undefined ? {} : { client_secret: login.clientSecret }),
    refresh_token: login.refreshToken,
  };
  writeWhole(file, `${JSON.stringify(content, null, 2)}\n`);
  writeWhole(activeFile(directory), login.account);
  return file;
}

/** Removes a login. */
export function removeLogin(environment: Environment, account: string): void {
  const directory = loginsDirectory(environment);
  rmSync(fileOf(directory, account), { force: true });
  if (activeOf(environment) === account) rmSync(activeFile(directory), { force: true });
}

/** The accounts that are logged in: e-mails. */
export function listLogins(environment: Environment): readonly string[] {
  try {
    const names = readdirSync(loginsDirectory(environment));
    return names.flatMap((name) => (name.endsWith(".json") && isEmail(name.slice(0, -5)) ? [name.slice(0, -5)] : []));
  } catch {
    return []; // nobody ever logged in
  }
}

/** The account of the last login or, when that has gone, the only one that is left. */
export function activeOf(environment: Environment): string | undefined {
  const accounts = listLogins(environment);
  const active = readTextFile(activeFile(loginsDirectory(environment)));
  if (typeof active === "string" && accounts.includes(active.trim())) return active.trim();
  return accounts.length === 1 ? accounts[0] : undefined;
}

/**
 * Reads a login.
 *
 * @returns a clause where there is none.
 * @throws {RunpassError} `credentials_invalid`
 */
export function readLogin(environment: Environment, account?: string): StoredLogin | string {
  const chosen = account?.toLowerCase() ?? activeOf(environment);
  if (chosen === undefined) {
    const accounts = listLogins(environment);
    return accounts.length === 0 ? "none" : `several, and none of them chosen: ${accounts.join(", ")}`;
  }
  if (!isEmail(chosen) || !listLogins(environment).includes(chosen)) return "no login of that account";
  const file = fileOf(loginsDirectory(environment), chosen);
  const origin = originOf(chosen);
  const text = readTextFile(file);
  if (typeof text !== "string") throw invalid(origin, `${file} cannot be read: ${text.reason}`);
  const fields = parseFields(text, origin);
  const read = textReader(fields, origin);
  const clientSecret = optionalText(fields["client_secret"]);
  return {
    account: chosen,
    clientId: read("client_id"),
    ...(clientSecret === undefined ? {} : { clientSecret }),
    refreshToken: read("refresh_token"),
  };
}

/** The credential of a login. @returns a clause where there is none. */
export function findLogin(context: Context, account?: string): Credential | string {
  const login = readLogin(context.environment, account);
  if (typeof login === "string") return login;
  const { clientId, clientSecret, refreshToken } = login;
  const { source, login: command } = originOf(login.account);
  return createAuthorizedUser(context, {
    key: {
      type: "authorized_user",
      client_id: clientId,
      client_secret: clientSecret ?? "", // is not sent
      refresh_token: refreshToken,
    },
    party: {
      tokenUrl,
      source,
      fix: `Log in again: ${command}`,
      secrets: [refreshToken, ...(clientSecret === undefined ? [] : [clientSecret])],
    },
    fingerprint: sha256Hex(JSON.stringify(["login", login])),
    principal: login.account,
  });
}

function originOf(account: string): CredentialOrigin {
  return { source: `runpass login of ${account}`, login: `runpass login ${account}` };
}

function loginsDirectory(environment: Environment): string {
  return join(configDirectory(environment), "logins");
}

function fileOf(directory: string, account: string): string {
  return join(directory, `${account}.json`);
}

function activeFile(directory: string): string {
  return join(directory, "active");
}
