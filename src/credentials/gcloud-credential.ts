import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import { createAccessTokenCredential } from "./access-token-file.ts";
import type { Credential } from "./credential.ts";
import { readCredentialFile } from "./credential-file.ts";
import { isEmail } from "./fields.ts";
import { createGcloudCommandCredential } from "./gcloud-command.ts";
import { readGcloudProperties } from "./gcloud-files.ts";
import type { GcloudProperties } from "./gcloud-files.ts";
import { GcloudStoreError, readStoredCredential, readStoredTokens } from "./gcloud-store.ts";
import type { StoredTokens } from "./gcloud-store.ts";
import { parseCredential } from "./parse-credential.ts";
import { readTextFile } from "./read-text-file.ts";
import { findProgram } from "./run-program.ts";

/** Which of gcloud's credentials. Default: the active configuration's account. */
export interface GcloudChoice {
  readonly account?: string | undefined;
  readonly configuration?: string | undefined;
}

/**
 * The credential of gcloud's account, from gcloud's own files: gcloud itself need not be there. Where only gcloud can read or
 * use them, and it is there, its command is used.
 *
 * @returns a clause where gcloud has none.
 * @throws {RunpassError} `credentials_invalid`, `invalid_argument`
 */
export function findGcloudCredential(context: Context, choice: GcloudChoice): Credential | string {
  // Without a log: whoever asks for gcloud's other properties too would be told everything twice.
  const properties = readGcloudProperties(context.environment, { configuration: choice.configuration });
  const account = choice.account ?? properties.account;
  // In gcloud's own order
  if (choice.account === undefined) {
    const { accessToken, accessTokenFile, credentialFileOverride } = properties;
    if (accessToken !== undefined) return createAccessTokenCredential(accessToken, "CLOUDSDK_AUTH_ACCESS_TOKEN");
    if (accessTokenFile !== undefined) return readAccessTokenFile(accessTokenFile);
    if (credentialFileOverride !== undefined) return readCredentialFile(context, credentialFileOverride);
  }
  if (account === undefined) return `none in configuration ${properties.configuration}`;
  return readAccount(context, properties, account);
}

function readAccount(context: Context, properties: GcloudProperties, account: string): Credential | string {
  const { directory, tokenHost } = properties;
  // The name may be anything that somebody put into the file, so only what is an e-mail or a principal is shown.
  const email = isEmail(account) ? account : undefined;
  const member = /^principal:\/\/iam\.googleapis\.com\/[\w./@%+-]+$/.test(account) ? account : undefined;
  try {
    const text = readStoredCredential(directory, account);
    if (text === undefined) {
      return `no login of ${email ?? member ?? "the configured account"} in ${directory}`;
    }
    const origin = {
      source: `gcloud's account ${email ?? member ?? "of another form"}`,
      login: email === undefined ? "gcloud auth login" : `gcloud auth login ${email}`,
      account: email,
      member,
      tokenHost,
      readStoredTokens: (): StoredTokens => storedTokens(context, directory, account),
    };
    if (properties.usesClientCertificate) throw boundToCertificate(origin.source);
    return parseCredential(context, text, origin);
  } catch (error) {
    const isForGcloud =
      error instanceof GcloudStoreError || (error instanceof RunpassError && error.code === "credentials_invalid");
    const file = isForGcloud ? findProgram(context.environment, "gcloud") : undefined;
    if (file === undefined) throw error;
    context.log.debug(`${(error as RunpassError).message} (${(error as RunpassError).why}); ${file} is used instead`);
    const { configuration } = properties;
    return createGcloudCommandCredential(context, { file, directory, configuration, account, email });
  }
}

function readAccessTokenFile(file: string): Credential | string {
  const text = readTextFile(file);
  if (typeof text === "string") return createAccessTokenCredential(text, file);
  throw new RunpassError({
    code: "credentials_invalid",
    message: `gcloud's auth/access_token_file ${file} cannot be read`,
    why: text.reason,
    fix: "Correct the property, or unset it: gcloud config unset auth/access_token_file",
  });
}

function boundToCertificate(source: string): RunpassError {
  return new RunpassError({
    code: "credentials_invalid",
    message: `The tokens of ${source} are bound to a certificate`,
    why: "gcloud's property context_aware/use_client_certificate is set, and only gcloud itself can use such tokens",
    fix: "Install gcloud, or give other credentials with --credentials",
  });
}

/** Stored tokens only save a request, so a store that cannot be read is no reason to fail. */
function storedTokens(context: Context, directory: string, account: string): StoredTokens {
  try {
    return readStoredTokens(directory, account);
  } catch (error) {
    if (!(error instanceof RunpassError)) throw error;
    context.log.debug(`${error.message} (${error.why}); a token is asked for instead`);
    return {};
  }
}
