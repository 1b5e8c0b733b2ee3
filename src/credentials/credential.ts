/**
 * An identity that can get tokens, from one source. Reading a credential makes no request and loads no library; only
 * {@link Credential.accessToken} and {@link Credential.idToken} do.
 */
export interface Credential {
  /** Google's name for the kind: the `type` of a credentials file. */
  readonly kind: "authorized_user" | "service_account";
  /** E-mail, where the source tells it; a token's claims always do. */
  readonly principal?: string;
  /** The principal as IAM policies name it: `user:…` or `serviceAccount:…`. */
  readonly member?: string;
  /** Where it was found, for a person; no secret in it. */
  readonly source: string;
  /** Hash of the credential itself, so that another login of the same account is another credential. */
  readonly fingerprint: string;
  /** Users only: the OAuth client that the grant was given to, and so the audience of every ID token from it. */
  readonly oauthClientId?: string;
  /** The project that pays for API calls, where the source says so. */
  readonly quotaProject?: string;
  /** Whether {@link idToken} can be for any audience. Users cannot choose; an impersonated service account can. */
  readonly canChooseAudience: boolean;
  /**
   * An access token for Google's APIs.
   *
   * @throws {RunpassError} `credentials_rejected`, `credentials_invalid`, `google_unreachable`.
   */
  accessToken(options?: TokenOptions): Promise<string>;
  /**
   * An ID token of the principal itself.
   *
   * @param audience For whom; users have none to choose, and whoever can choose must.
   * @throws {RunpassError} as {@link accessToken}, and `audience_not_supported`, `invalid_argument`.
   */
  idToken(audience?: string, options?: TokenOptions): Promise<FetchedIdToken>;
}

export interface TokenOptions {
  /** Asks Google even where a token that is still valid lies at hand. Default false. */
  readonly fresh?: boolean;
}

/** An ID token as its source handed it out. */
export interface FetchedIdToken {
  readonly token: string;
  /** `gcloud`: found still valid in gcloud's own store. */
  readonly source: "gcloud" | "minted";
}

/** A place where credentials were looked for, and what came of it. */
export interface LookedAt {
  /** The place, for a person. */
  readonly source: string;
  readonly outcome: "taken" | "absent" | "broken";
  /** One clause, for a person; no secret in it. */
  readonly reason: string;
}
