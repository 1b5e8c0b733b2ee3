import type { JsonWebKey } from "node:crypto";

/** Where tokens of others are taken for Google's. Its id has 4 to 32 of a-z, 0-9 and hyphens, as have its providers'. */
export interface WorldIdentityPool {
  readonly id: string;
  /** Default: active. */
  readonly state?: "active" | "disabled";
  /** Who may vouch for identities. */
  readonly providers: readonly WorldIdentityProvider[];
}

export interface WorldWorkloadPool extends WorldIdentityPool {
  /** A project's id. */
  readonly project: string;
}

/** Somebody whose tokens a pool takes. */
export interface WorldIdentityProvider {
  readonly id: string;
  /** Default: active. */
  readonly state?: "active" | "disabled";
  /**
   * The `iss` of its tokens. Its keys are found by OpenID Connect Discovery, at each exchange, unless `jwks` has them. Default: the
   * emulator's own issuer, whose tokens `emulator.subjectToken()` mints.
   */
  readonly issuer?: string;
  /** Its keys: RSA for RS256, P-256 for ES256. */
  readonly jwks?: { readonly keys: readonly JsonWebKey[] };
  /** What `aud` may be. Default: the provider's own name, with `https:` in front or without. */
  readonly allowedAudiences?: readonly string[];
  /**
   * CEL over `assertion` (the token's claims): `google.subject`, which must be there, `google.groups`, `attribute.NAME`.
   * Default: `{ "google.subject": "assertion.sub" }`.
   */
  readonly attributeMapping?: Readonly<Record<string, string>>;
  /** CEL over `assertion`, `google` and `attribute`; who does not meet it is rejected. */
  readonly attributeCondition?: string;
}
