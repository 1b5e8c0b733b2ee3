import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import { sha256Hex } from "../core/sha256.ts";
import { tokenUrl } from "../google/oauth.ts";
import type { AuthorizedUserKey, ServiceAccountKey } from "../google/oauth.ts";
import { createAuthorizedUser } from "./authorized-user.ts";
import type { Credential } from "./credential.ts";
import type { StoredTokens } from "./gcloud-store.ts";
import { createServiceAccount } from "./service-account-key.ts";
import type { TokenParty } from "./token-endpoint.ts";

/** Where a credential's JSON text came from. */
export interface CredentialOrigin {
  /** For a person: the file, or gcloud's account. */
  readonly source: string;
  /** How to log in again. */
  readonly login: string;
  /** E-mail, where the place tells it. */
  readonly account?: string | undefined;
  /** Stands in for the token endpoint that the text names. */
  readonly tokenHost?: string | undefined;
  readonly readStoredTokens?: (() => StoredTokens) | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Makes a credential of the JSON text that Google's tools keep it in. Makes no request.
 *
 * @throws {RunpassError} `credentials_invalid`; nothing of the text shows in it but the kind of credential.
 */
export function parseCredential(context: Context, text: string, origin: CredentialOrigin): Credential {
  const fields = parseFields(text, origin);
  const universe = fields["universe_domain"] ?? "googleapis.com";
  if (universe !== "googleapis.com") throw invalid(origin, "it belongs to another universe than googleapis.com");
  const fingerprint = sha256Hex(JSON.stringify([text, origin.tokenHost]));
  switch (fields["type"]) {
    case "authorized_user": {
      const key = parseUser(fields, origin);
      const party = partyOf(fields, origin, [key.refresh_token, key.client_secret], `Log in again: ${origin.login}`);
      const principal = origin.account ?? key.account;
      return createAuthorizedUser(context, {
        key,
        party,
        fingerprint,
        principal,
        readStoredTokens: origin.readStoredTokens,
      });
    }
    case "service_account": {
      const key = parseKey(fields, origin);
      const keys = `gcloud iam service-accounts keys list --iam-account ${key.client_email}`;
      const fix = `See whether the key is still there: ${keys}`;
      return createServiceAccount(context, {
        key,
        party: partyOf(fields, origin, [key.private_key], fix),
        fingerprint,
      });
    }
    case "external_account":
    case "external_account_authorized_user":
    case "impersonated_service_account":
    case "gdch_service_account":
      throw invalid(origin, `runpass cannot use credentials of the type ${fields["type"]}`);
    default:
      throw invalid(origin, "it names no known type of credentials");
  }
}

function parseFields(text: string, origin: CredentialOrigin): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    throw invalid(origin, "it is no JSON"); // the parser's own words quote the text
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw invalid(origin, "it is no JSON object");
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

function partyOf(fields: Fields, origin: CredentialOrigin, secrets: readonly string[], fix: string): TokenParty {
  const named = origin.tokenHost ?? optionalText(fields["token_uri"]);
  if (named !== undefined && !isSafeEndpoint(named)) {
    throw invalid(origin, "its token endpoint is no https URL, and secrets are not sent in the clear");
  }
  return { tokenUrl: named ?? tokenUrl, source: origin.source, fix, secrets };
}

function isSafeEndpoint(text: string): boolean {
  const url = URL.parse(text);
  if (url === null) return false;
  const isLocal = /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  return url.protocol === "https:" || (url.protocol === "http:" && isLocal);
}

function textReader(fields: Fields, origin: CredentialOrigin): (name: string) => string {
  return (name) => {
    const value = optionalText(fields[name]);
    if (value === undefined) throw invalid(origin, `it has no ${name}`);
    return value;
  };
}

function optionalText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Strict, as it goes into messages and commands to copy. */
export function isEmail(text: string): boolean {
  return /^[\w.+'%-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i.test(text);
}

function invalid({ source, login }: CredentialOrigin, why: string): RunpassError {
  return new RunpassError({
    code: "credentials_invalid",
    message: `${source} cannot be used`,
    why,
    fix: `Log in again: ${login}, or give other credentials with --credentials`,
  });
}
