/** Whom a token endpoint is asked about. */
export interface TokenParty {
  readonly tokenUrl: string;
  /** Where the credential was found, for a person. */
  readonly source: string;
  /** What to do when Google rejects the credential. */
  readonly fix: string;
  /** Must not show in a message, whatever the endpoint answers. */
  readonly secrets: readonly string[];
  /** E-mail of a service account, where it is one's own key that is used. */
  readonly account?: string;
  /** Whether a login stands behind it that can be revoked. Default true. */
  readonly isGrant?: boolean;
}
