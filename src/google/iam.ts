/** Wire shapes of iam.googleapis.com v1. Source: google/iam/admin/v1/iam.proto. */

export const iamHost = "iam.googleapis.com";

export interface ServiceAccount {
  /** `projects/P/serviceAccounts/EMAIL`. */
  readonly name: string;
  readonly projectId: string;
  /** 21 digits, never used again. */
  readonly uniqueId: string;
  readonly email: string;
  readonly displayName?: string;
  readonly description?: string;
  readonly etag: string;
  /** The same as `uniqueId`. */
  readonly oauth2ClientId: string;
  readonly disabled?: boolean;
}

/** A key of a service account. `privateKeyData` is there once only, in the answer to the create call. */
export interface ServiceAccountKeyResource {
  /** `projects/P/serviceAccounts/EMAIL/keys/ID`. */
  readonly name: string;
  readonly privateKeyType?: "TYPE_GOOGLE_CREDENTIALS_FILE" | "TYPE_PKCS12_FILE";
  /** Base64 of the JSON key file. */
  readonly privateKeyData?: string;
  readonly validAfterTime: string;
  readonly validBeforeTime: string;
  readonly keyAlgorithm: string;
  readonly keyOrigin: "GOOGLE_PROVIDED";
  readonly keyType: "USER_MANAGED" | "SYSTEM_MANAGED";
  readonly disabled?: boolean;
}

/** `projects/P/serviceAccounts/EMAIL`; project `-` stands for whichever the account is in. */
export function formatServiceAccountName(email: string, project = "-"): string {
  return `projects/${project}/serviceAccounts/${email}`;
}

/** Whether `text` can be the part of an account's e-mail before the `@`. */
export function isServiceAccountId(text: string): boolean {
  return /^[a-z](?:[-a-z0-9]{4,28}[a-z0-9])$/.test(text);
}

/** The e-mail that a service account of a project has. */
export function serviceAccountEmail(accountId: string, project: string): string {
  return `${accountId}@${project}.iam.gserviceaccount.com`;
}
