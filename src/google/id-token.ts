/** The claims of a Google-signed ID token. Source: OpenID Connect Core 1.0 §2; for `azp`, `hd` and `google` Google's documentation. */
export interface IdTokenClaims {
  /** Always `https://accounts.google.com`. */
  readonly iss: string;
  readonly aud: string;
  /** The principal's stable numeric id. */
  readonly sub: string;
  /** The party the token was issued to: an OAuth client id, a service account's unique id or its e-mail. */
  readonly azp?: string;
  readonly email?: string;
  readonly email_verified?: boolean;
  /** The Workspace domain of a user. */
  readonly hd?: string;
  readonly at_hash?: string;
  readonly nonce?: string;
  /** Seconds since the Unix epoch. */
  readonly iat: number;
  /** Seconds since the Unix epoch; one hour after `iat`. */
  readonly exp: number;
  readonly google?: unknown;
}

/** Issuer of every Google ID token. */
export const googleIssuer = "https://accounts.google.com";

/** Issuers that Google's own libraries take for Google: the second is of old. */
export const googleIssuers: readonly string[] = [googleIssuer, "accounts.google.com"];

/** Google's public keys, as a JWKS. */
export const googleKeysUrl = "https://www.googleapis.com/oauth2/v3/certs";

/**
 * Reads header and payload of a JWT **without verifying anything**. For display and expiry only: never decide on access by it.
 *
 * @returns `undefined` when `token` is not a JWT with two JSON objects in front.
 */
export function decodeJwt(
  token: string,
): { header: Record<string, unknown>; payload: Record<string, unknown> } | undefined {
  const parts = token.split(".");
  if (parts.length !== 3) return undefined;
  const header = decodeSegment(parts[0]);
  const payload = decodeSegment(parts[1]);
  return header && payload ? { header, payload } : undefined;
}

function decodeSegment(segment: string | undefined): Record<string, unknown> | undefined {
  if (!segment || !/^[\w-]+$/.test(segment)) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined; // not JSON: not a JWT
  }
}
