import type { FederatedIdentity } from "../federation/records.ts";
import type { Kind } from "./store.ts";

/** An application that users may let act for them. */
export interface OAuthClientRecord {
  readonly id: string;
  /** As the consent page calls it. */
  readonly name: string;
  /** Where there is one, the token endpoint asks for it. */
  readonly secret?: string;
  /** An installed application: any port and path of this machine's loopback may get its codes. */
  readonly loopback: boolean;
  /** What else may get its codes. */
  readonly redirectUris: readonly string[];
}
/** By client id: those of the world, besides gcloud's own. */
export const oauthClientKind: Kind<OAuthClientRecord> = { name: "oauthClients", secret: true };

/** What a client asks a user for. Source: RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID Connect Core 1.0 §3.1.2.1. */
export interface AuthorizationRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly state?: string;
  readonly nonce?: string;
  readonly challenge?: { readonly method: "S256" | "plain"; readonly value: string };
  /** Whether the client gets a refresh token. */
  readonly offline: boolean;
}

/** A consent page that was shown and not answered yet: for a client that waits for a code, or for a device. */
export type PendingConsentRecord = { readonly expiresAtMs: number } & (
  | { readonly request: AuthorizationRequest }
  | { readonly deviceCode: string }
);
/** By the ticket in the page's form, which no other page can read. */
export const pendingConsentKind: Kind<PendingConsentRecord> = { name: "pendingConsents", secret: true };

/** A device that waits for its user. */
export interface DeviceCodeRecord {
  /** What it shows. */
  readonly userCode: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly expiresAtMs: number;
  /** When it last asked. */
  readonly askedAtMs?: number;
  /** Whom it may act for, once somebody has allowed it. */
  readonly subject?: string;
  readonly isDenied?: true;
}
/** By device code. */
export const deviceCodeKind: Kind<DeviceCodeRecord> = { name: "deviceCodes", secret: true };

/** An authorization code that was given out and not used yet. */
export interface CodeRecord extends AuthorizationRequest {
  readonly subject: string;
  readonly expiresAtMs: number;
}
/** By code. */
export const codeKind: Kind<CodeRecord> = { name: "codes", secret: true };

/** A user's consent that an OAuth client acts for them: what a refresh token stands for. */
export interface GrantRecord {
  readonly subject: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
}
/** By refresh token. */
export const grantKind: Kind<GrantRecord> = { name: "grants", secret: true };

export interface AccessTokenRecord {
  readonly subject: string;
  /** The OAuth client; a service account's unique id where the account got the token itself. */
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly expiresAtMs: number;
  /** The refresh token that it came with or from: one is revoked with the other. */
  readonly grant?: string;
  /** Where somebody of an identity pool holds it: who they are. */
  readonly identity?: FederatedIdentity;
}
/** By access token. */
export const accessTokenKind: Kind<AccessTokenRecord> = { name: "accessTokens", secret: true };
