import { RunpassError } from "../core/errors.ts";
import type { StoredTokens } from "./gcloud-store.ts";

/** Where a credential's JSON text came from. */
export interface CredentialOrigin {
  /** For a person: the file, or gcloud's account. */
  readonly source: string;
  /** How to log in again. */
  readonly login: string;
  /** E-mail, where the place tells it. */
  readonly account?: string | undefined;
  /** The account in IAM's form, where it has no e-mail. */
  readonly member?: string | undefined;
  /** Stands in for the token endpoint that the text names. */
  readonly tokenHost?: string | undefined;
  readonly readStoredTokens?: (() => StoredTokens) | undefined;
}

/** The members of a credential's JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * Parses the text of a credential.
 *
 * @throws {RunpassError} `credentials_invalid`
 */
export function parseFields(text: string, origin: CredentialOrigin): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    throw invalid(origin, "it is no JSON"); // the parser's own words quote the text
  }
  if (isFields(value)) return value;
  throw invalid(origin, "it is no JSON object");
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A member that holds text; an empty one counts as absent. */
export function optionalText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A member that must be there. */
export function textReader(fields: Fields, origin: CredentialOrigin): (name: string) => string {
  return (name) => {
    const value = optionalText(fields[name]);
    if (value === undefined) throw invalid(origin, `it has no ${name}`);
    return value;
  };
}

/** An address that secrets are sent to: `fields[name]`, else `fallback`. */
export function endpoint(fields: Fields, name: string, fallback: string, origin: CredentialOrigin): string {
  const url = optionalText(fields[name]) ?? fallback;
  if (!isSafeEndpoint(url)) throw invalid(origin, `its ${name} is no https URL, and secrets are not sent in the clear`);
  return url;
}

/** TLS, or this machine. */
export function isSafeEndpoint(text: string): boolean {
  const url = URL.parse(text);
  if (url === null) return false;
  const isLocal = /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  return url.protocol === "https:" || (url.protocol === "http:" && isLocal);
}

/** Strict, as it goes into messages and commands to copy. */
export function isEmail(text: string): boolean {
  return /^[\w.+'%-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i.test(text);
}

/** @param why One clause; nothing of the text may show in it but the kind of credential. */
export function invalid({ source, login }: CredentialOrigin, why: string): RunpassError {
  return new RunpassError({
    code: "credentials_invalid",
    message: `${source} cannot be used`,
    why,
    fix: `Log in again: ${login}, or give other credentials with --credentials`,
  });
}
