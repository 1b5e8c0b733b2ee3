/** Wire shapes of iamcredentials.googleapis.com v1. Source: google/iam/credentials/v1/common.proto. */

export const iamCredentialsHost = "iamcredentials.googleapis.com";

/** Path of a method on a service account, by e-mail or unique id. The project is always `-`. */
export function iamCredentialsPath(account: string, method: "generateIdToken" | "generateAccessToken"): string {
  return `/v1/projects/-/serviceAccounts/${encodeURIComponent(account)}:${method}`;
}

/** The form in which a delegate of a chain is named. */
export function delegateName(account: string): string {
  return `projects/-/serviceAccounts/${account}`;
}

export interface GenerateIdTokenRequest {
  readonly audience: string;
  /** From the first account that the caller may impersonate to the last before the target. */
  readonly delegates?: readonly string[] | null;
  readonly includeEmail?: boolean;
}

export interface GenerateIdTokenResponse {
  readonly token: string;
}

export interface GenerateAccessTokenRequest {
  readonly scope: readonly string[];
  /** `3600s`: more only where an organisation policy allows it. */
  readonly lifetime: string;
  readonly delegates?: readonly string[] | null;
}

export interface GenerateAccessTokenResponse {
  readonly accessToken: string;
  /** RFC 3339, in whole seconds. */
  readonly expireTime: string;
}
