import type { Context } from "../core/context.ts";
import { sha256Hex } from "../core/sha256.ts";
import { tokenUrl } from "../google/oauth.ts";
import type { AuthorizedUserKey, ServiceAccountKey } from "../google/oauth.ts";
import { createAuthorizedUser } from "./authorized-user.ts";
import type { Credential } from "./credential.ts";
import { endpoint, invalid, isEmail, isFields, optionalText, parseFields, textReader } from "./fields.ts";
import type { CredentialOrigin, Fields } from "./fields.ts";
import { createMetadataCredential } from "./metadata-credential.ts";
import { createImpersonatedAccount } from "./impersonated-account.ts";
import { parseExternalAccount } from "./parse-external-account.ts";
import { parseExternalUser } from "./external-user.ts";
import { parseImpersonationUrl } from "./impersonation-url.ts";
import { createServiceAccount } from "./service-account-key.ts";
import type { TokenParty } from "./token-party.ts";

/** Credentials within credentials: more than this nobody means. */
const deepest = 4;

/**
 * Makes a credential of the JSON text that Google's tools keep it in. Makes no request.
 *
 * @throws {RunpassError} `credentials_invalid`; nothing of the text shows in it but the kind of credential.
 */
export function parseCredential(context: Context, text: string, origin: CredentialOrigin, depth = 1): Credential {
  const fields = parseFields(text, origin);
  const universe = fields["universe_domain"] ?? "googleapis.com";
  if (universe !== "googleapis.com") throw invalid(origin, "it belongs to another universe than googleapis.com");
  const fingerprint = sha256Hex(JSON.stringify([text, origin.tokenHost]));
  switch (fields["type"]) {
    case "authorized_user": {
      const key = parseUser(fields, origin);
      const party = partyOf(fields, origin, [key.refresh_token, key.client_secret], `Log in again: ${origin.login}`);
      const principal = origin.account ?? key.account;
      const { readStoredTokens } = origin;
      return createAuthorizedUser(context, { key, party, fingerprint, principal, readStoredTokens });
    }
    case "service_account": {
      const key = parseKey(fields, origin);
      const keys = `gcloud iam service-accounts keys list --iam-account ${key.client_email}`;
      const party = partyOf(fields, origin, [key.private_key], `See whether the key is still there: ${keys}`);
      return createServiceAccount(context, {
        key,
        party: { ...party, account: key.client_email, isGrant: false },
        fingerprint,
      });
    }
    case "impersonated_service_account":
      return parseImpersonated(context, fields, origin, fingerprint, depth);
    case "external_account":
      return parseExternalAccount(context, fields, origin, fingerprint);
    case "external_account_authorized_user":
      return parseExternalUser(context, fields, origin, fingerprint);
    case "gce": {
      // gcloud's own kind, for the account of the machine that it runs on
      const account = optionalText(fields["service_account_email"]);
      if (account !== undefined && !isEmail(account)) throw invalid(origin, "its service_account_email is no e-mail");
      return createMetadataCredential(context, { source: origin.source, account });
    }
    case "gdch_service_account":
    case "service_account_p12":
      throw invalid(origin, `runpass cannot use credentials of the type ${fields["type"]}`);
    default:
      throw invalid(origin, "it names no known type of credentials");
  }
}

function parseUser(fields: Fields, origin: CredentialOrigin): AuthorizedUserKey {
  const text = textReader(fields, origin);
  const quotaProject = optionalText(fields["quota_project_id"]);
  const account = optionalText(fields["account"]);
  return {
    type: "authorized_user",
    client_id: text("client_id"),
    client_secret: text("client_secret"),
    refresh_token: text("refresh_token"),
    ...(quotaProject === undefined ? {} : { quota_project_id: quotaProject }),
    ...(account !== undefined && isEmail(account) ? { account } : {}),
  };
}

function parseKey(fields: Fields, origin: CredentialOrigin): ServiceAccountKey {
  const text = textReader(fields, origin);
  const email = text("client_email");
  if (!isEmail(email)) throw invalid(origin, "its client_email is no e-mail");
  return {
    type: "service_account",
    project_id: optionalText(fields["project_id"]) ?? "",
    private_key_id: optionalText(fields["private_key_id"]) ?? "",
    private_key: text("private_key"),
    client_email: email,
    client_id: optionalText(fields["client_id"]) ?? "",
  };
}

/** A service account to act as, and within it the credentials of whoever does. Source: google.auth.impersonated_credentials. */
function parseImpersonated(
  context: Context,
  fields: Fields,
  origin: CredentialOrigin,
  fingerprint: string,
  depth: number,
): Credential {
  const target = parseImpersonationUrl(fields, origin);
  if (!target) throw invalid(origin, "it has no service_account_impersonation_url");
  const { source_credentials: source, delegates = [] } = fields;
  if (!isFields(source)) throw invalid(origin, "it has no source_credentials");
  if (depth >= deepest) throw invalid(origin, "its credentials hold others, too many within one another");
  const within = `the source credentials of ${origin.source}`;
  const caller = parseCredential(context, JSON.stringify(source), { source: within, login: origin.login }, depth + 1);
  return createImpersonatedAccount(context, {
    kind: "impersonated_service_account",
    caller,
    chain: [...parseDelegates(delegates, origin), target.account],
    origin: target.origin,
    source: origin.source,
    fingerprint,
    quotaProject: optionalText(fields["quota_project_id"]),
  });
}

/** E-mails or unique ids, with or without `projects/-/serviceAccounts/` before them. */
function parseDelegates(value: unknown, origin: CredentialOrigin): readonly string[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw invalid(origin, "its delegates are no list");
  return (value as unknown[]).map((delegate) => {
    const account = typeof delegate === "string" ? delegate.replace(/^projects\/-\/serviceAccounts\//, "") : "";
    if (isEmail(account) || /^\d+$/.test(account)) return account;
    throw invalid(origin, "one of its delegates is no service account");
  });
}

function partyOf(fields: Fields, origin: CredentialOrigin, secrets: readonly string[], fix: string): TokenParty {
  const named = origin.tokenHost === undefined ? fields : { token_uri: origin.tokenHost };
  const url = endpoint(named, "token_uri", tokenUrl, origin);
  if (/\.mtls\./.test(new URL(url).hostname)) throw invalid(origin, "its tokens are bound to a certificate");
  return { tokenUrl: url, source: origin.source, fix, secrets };
}
