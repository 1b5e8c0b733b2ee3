/** gcloud's own OAuth client: the audience of every user token that gcloud prints. Cloud Run takes it on any service. */
export const gcloudClientId = "32555940559.apps.googleusercontent.com";

/** The OAuth client of `gcloud auth application-default login`. Whether Cloud Run takes it as an audience is unsure: sources disagree. */
export const adcClientId = "764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com";

/** Google's OAuth 2.0 token endpoint. */
export const tokenUrl = "https://oauth2.googleapis.com/token";

/** Google's OAuth 2.0 authorization endpoint, which a browser opens. */
export const authorizationUrl = "https://accounts.google.com/o/oauth2/v2/auth";

/** Where Google takes tokens back. */
export const revocationUrl = "https://oauth2.googleapis.com/revoke";

/** Where gcloud's OAuth clients have a code shown, for people to copy, when no browser can reach gcloud. Source: gcloud, `surface/auth/login.py`. */
export const copyCodeUrls = {
  gcloud: "https://sdk.cloud.google.com/authcode.html",
  adc: "https://sdk.cloud.google.com/applicationdefaultauthcode.html",
} as const;

/** Grant type of a service-account key's signed assertion. Source: RFC 7523 §2.1. */
export const jwtBearerGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** Grant type of a device that shows its user a code. Source: RFC 8628 §3.4. */
export const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

/** The scope that opens every Google Cloud API. */
export const cloudPlatformScope = "https://www.googleapis.com/auth/cloud-platform";

/** The scope for a user's e-mail. Clients may ask for it as `email`; Google answers with this. */
export const emailScope = "https://www.googleapis.com/auth/userinfo.email";

/** Reads a list of scopes (RFC 6749 §3.3), each once, those of OpenID Connect under the names that Google gives them. */
export function parseScopes(text: string): readonly string[] {
  const full: Readonly<Record<string, string>> = {
    email: emailScope,
    profile: "https://www.googleapis.com/auth/userinfo.profile",
  };
  const scopes = text.split(" ").filter((scope) => scope !== "");
  return [...new Set(scopes.map((scope) => full[scope] ?? scope))];
}

/** The answer of the token endpoint. Source: RFC 6749 §5.1; `id_token` OpenID Connect Core 1.0 §3.1.3.3. */
export interface TokenResponse {
  readonly access_token?: string;
  /** Seconds. */
  readonly expires_in?: number;
  readonly scope?: string;
  readonly token_type?: string;
  readonly id_token?: string;
  readonly refresh_token?: string;
}

/** The error answer of the token endpoint. Source: RFC 6749 §5.2; `error_subtype` is Google's (reauthentication). */
export interface OAuthError {
  readonly error: string;
  readonly error_description?: string;
  readonly error_subtype?: string;
}

/** A user's stored grant, as gcloud and Application Default Credentials keep it. */
export interface AuthorizedUserKey {
  readonly type: "authorized_user";
  readonly client_id: string;
  readonly client_secret: string;
  readonly refresh_token: string;
  readonly quota_project_id?: string;
  readonly universe_domain?: string;
  readonly account?: string;
}

/** A service account's key file. Source: IAM, "Create and delete service account keys". */
export interface ServiceAccountKey {
  readonly type: "service_account";
  readonly project_id: string;
  readonly private_key_id: string;
  /** PKCS #8, PEM. */
  readonly private_key: string;
  readonly client_email: string;
  readonly client_id: string;
  readonly auth_uri?: string;
  readonly token_uri?: string;
  readonly auth_provider_x509_cert_url?: string;
  readonly client_x509_cert_url?: string;
  readonly universe_domain?: string;
}
