import { quote } from "./steps.ts";

/** The claims that the gate decides by, of the right types. Times are in seconds since the Unix epoch. */
export interface Claims {
  readonly audience: string;
  readonly subject: string;
  readonly email: string | undefined;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly notBefore: number | undefined;
}

/** Issuers that Google's own libraries accept. Source: google-auth-library for Python and for Node.js. */
const issuers: ReadonlySet<unknown> = new Set(["https://accounts.google.com", "accounts.google.com"]);

/**
 * Reads the claims of a token whose signature stands.
 *
 * @returns the claims, or in words why they are none of a Google ID token.
 */
export function readClaims(payload: Readonly<Record<string, unknown>>): Claims | string {
  const { iss, aud, sub, iat, exp, nbf, azp, email, email_verified: emailVerified } = payload;
  if (!issuers.has(iss)) return `iss is ${quote(iss)}, which is not Google`;
  if (!isText(aud)) return `aud must be a text, but is ${describeType(aud)}`;
  if (!isText(sub)) return `sub must be a text, but is ${describeType(sub)}`;
  if (!isInstant(iat)) return `iat must be a number of seconds, but is ${describeType(iat)}`;
  if (!isInstant(exp)) return `exp must be a number of seconds, but is ${describeType(exp)}`;
  if (nbf !== undefined && !isInstant(nbf)) return `nbf must be a number of seconds, but is ${describeType(nbf)}`;
  if (azp !== undefined && !isText(azp)) return `azp must be a text, but is ${describeType(azp)}`;
  if (email !== undefined && !isText(email)) return `email must be a text, but is ${describeType(email)}`;
  if (emailVerified !== undefined && typeof emailVerified !== "boolean") {
    return `email_verified must be true or false, but is ${describeType(emailVerified)}`;
  }
  return { audience: aud, subject: sub, email, issuedAt: iat, expiresAt: exp, notBefore: nbf };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** JSON's 1e999 becomes infinity. */
function isInstant(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function describeType(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === "") return "empty";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "number" ? "a number that cannot be" : `of type ${typeof value}`;
}
