/** Wire shapes of sts.googleapis.com v1. Source: the API's discovery document; RFC 8693. */

export const stsHost = "sts.googleapis.com";

/** Where tokens of others are traded. */
export const stsTokenUrl: string = `https://${stsHost}/v1/token`;

/** Where a workforce login is renewed. */
export const stsOauthTokenUrl: string = `https://${stsHost}/v1/oauthtoken`;

/** Source: RFC 8693 §2.1. */
export const tokenExchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange";

/** Source: RFC 8693 §3. */
export const tokenTypes = {
  accessToken: "urn:ietf:params:oauth:token-type:access_token",
  jwt: "urn:ietf:params:oauth:token-type:jwt",
  idToken: "urn:ietf:params:oauth:token-type:id_token",
} as const;

/** The answer to a token exchange. */
export interface ExchangedToken {
  readonly access_token: string;
  readonly issued_token_type: string;
  readonly token_type: "Bearer";
  /** Seconds. */
  readonly expires_in: number;
}

/** What a program prints that `external_account` credentials run for a subject token. Source: google-auth-library, "Executable-sourced credentials". */
export interface ExecutableResponse {
  readonly version: 1;
  readonly success: true;
  readonly token_type: string;
  readonly id_token: string;
  /** Seconds since the Unix epoch. */
  readonly expiration_time: number;
}

/** Credentials of somebody of a workforce pool who has signed in. Source: google-auth-library, `ExternalAccountAuthorizedUserClient`. */
export interface ExternalAccountAuthorizedUserKey {
  readonly type: "external_account_authorized_user";
  readonly audience: string;
  readonly client_id: string;
  readonly client_secret: string;
  readonly refresh_token: string;
  readonly token_url: string;
  readonly token_info_url: string;
  readonly revoke_url: string;
}
