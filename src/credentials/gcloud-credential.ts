import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import type { Credential } from "./credential.ts";
import { readCredentialFile } from "./credential-file.ts";
import { readGcloudProperties } from "./gcloud-files.ts";
import { readStoredCredential, readStoredTokens } from "./gcloud-store.ts";
import type { StoredTokens } from "./gcloud-store.ts";
import { isEmail, parseCredential } from "./parse-credential.ts";

/** Which of gcloud's credentials. Default: the active configuration's account. */
export interface GcloudChoice {
  readonly account?: string | undefined;
  readonly configuration?: string | undefined;
}

/**
 * The credential of gcloud's account, from gcloud's own files: gcloud itself need not be there.
 *
 * @returns a clause where gcloud has none.
 * @throws {RunpassError} `credentials_invalid`, `invalid_argument`
 */
export function findGcloudCredential(context: Context, choice: GcloudChoice): Credential | string {
  // Without a log: whoever asks for gcloud's other properties too would be told everything twice.
  const properties = readGcloudProperties(context.environment, { configuration: choice.configuration });
  const { directory, tokenHost } = properties;
  if (properties.credentialFileOverride !== undefined && choice.account === undefined) {
    return readCredentialFile(context, properties.credentialFileOverride);
  }
  const account = choice.account ?? properties.account;
  if (account === undefined) return `none in configuration ${properties.configuration}`;
  // The name may be anything that somebody put into the file, so only what is an e-mail is shown.
  const email = isEmail(account) ? account : undefined;
  const text = readStoredCredential(directory, account);
  if (text === undefined) return `no login of ${email ?? "the configured account"} in ${directory}`;
  return parseCredential(context, text, {
    source: `gcloud's account ${email ?? "of another form"}`,
    login: email === undefined ? "gcloud auth login" : `gcloud auth login ${email}`,
    account: email,
    tokenHost,
    readStoredTokens: () => storedTokens(context, directory, account),
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
