/** Google's name for the kind: the `type` of a credentials file; and ours for what is no file of theirs. */
export type CredentialKind =
  | "authorized_user"
  | "service_account"
  | "impersonated_service_account"
  | "external_account"
  | "external_account_authorized_user"
  /** The service account of a virtual machine, pod or Cloud Run instance, by its metadata server. */
  | "metadata"
  /** An access token alone, which somebody else renews. */
  | "access_token"
  /** An ID token alone, which somebody else renews. */
  | "id_token"
  /** Whatever the `gcloud` command is logged in with. */
  | "gcloud";

/**
 * An identity that can get tokens, from one source. Reading a credential loads no library and makes no request of Google;
 * only {@link Credential.accessToken} and {@link Credential.idToken} do.
 */
export interface Credential {
  readonly kind: CredentialKind;
  /** E-mail, where the source tells it; a token's claims always do. */
  readonly principal?: string;
  /** The principal as IAM policies name it: `user:…`, `serviceAccount:…` or `principal://…`. */
  readonly member?: string;
  /** Where it was found, for a person; no secret in it. */
  readonly source: string;
  /** Hash of the credential itself, so that another login of the same account is another credential. */
  readonly fingerprint: string;
  /** Users only: the OAuth client that the grant was given to, and so the audience of every ID token from it. */
  readonly oauthClientId?: string;
  /** The project that pays for API calls, where the source says so. */
  readonly quotaProject?: string;
  /** Whether {@link idToken} can be for any audience. Users cannot choose; a service account can. */
  readonly canChooseAudience: boolean;
  /** Whether {@link idToken} gives anything at all. An identity of another provider has none at Google. */
  readonly givesIdToken: boolean;
  /** Whether {@link accessToken} gives anything, so that APIs can be called and service accounts be impersonated. */
  readonly givesAccessToken: boolean;
  /** Asks who it is, where {@link principal} does not tell. @returns an e-mail. */
  readonly askPrincipal?: () => Promise<string>;
  /**
   * An access token for Google's APIs.
   *
   * @throws {RunpassError} exit code 3 with a code of its own for each reason, `google_unreachable`.
   */
  accessToken(options?: TokenOptions): Promise<string>;
  /**
   * An ID token of the principal itself.
   *
   * @param audience For whom; users have none to choose, and whoever can choose must.
   * @throws {RunpassError} as {@link accessToken}, and `audience_not_supported`, `id_token_unavailable`, `invalid_argument`.
   */
  idToken(audience?: string, options?: IdTokenOptions): Promise<FetchedIdToken>;
  /**
   * An ID token of a service account that the principal impersonates, where there is a shorter or another way to it than an
   * access token and `generateIdToken`.
   *
   * @param chain delegates first, the account to be last.
   */
  readonly idTokenAs?: (chain: readonly string[], audience: string, options?: IdTokenOptions) => Promise<string>;
}

export interface TokenOptions {
  /** Asks Google even where a token that is still valid lies at hand. Default false. */
  readonly fresh?: boolean;
}

export interface IdTokenOptions extends TokenOptions {
  /** Whether an impersonated account's token carries its e-mail; the others always do. Default false. */
  readonly includeEmail?: boolean;
}

/** An ID token as its source handed it out. */
export interface FetchedIdToken {
  readonly token: string;
  /** `gcloud`: found still valid in gcloud's own store. `given`: the very token that was given. */
  readonly source: "gcloud" | "minted" | "given";
}

/** A place where credentials were looked for, and what came of it. */
export interface LookedAt {
  /** The place, for a person. */
  readonly source: string;
  /** `not_reached`: another came first. */
  readonly outcome: "taken" | "absent" | "broken" | "not_reached";
  /** One clause, for a person; no secret in it. */
  readonly reason: string;
}
