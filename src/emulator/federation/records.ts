import type { JsonWebKey } from "node:crypto";
import type { MappedIdentity } from "../../google/identity-pool.ts";
import type { Kind } from "../state/store.ts";

/** One who is allowed to vouch for identities. */
export interface ProviderRecord {
  /** `POOL/providers/PROVIDER`. */
  readonly name: string;
  /** The pool's name, as principals have it. */
  readonly pool: string;
  /** Whether it and its pool are. */
  readonly active: boolean;
  readonly issuer: string;
  readonly keys?: readonly JsonWebKey[];
  readonly allowedAudiences: readonly string[];
  /** CEL by attribute. */
  readonly attributeMapping: Readonly<Record<string, string>>;
  readonly attributeCondition?: string;
}
/** By name. */
export const providerKind: Kind<ProviderRecord> = { name: "identityProviders" };

/** Somebody of an identity pool, and who vouched for them. */
export interface FederatedIdentity extends MappedIdentity {
  readonly provider: string;
}

/** A sign-in to a workforce pool: what its refresh token stands for. */
export interface WorkforceGrantRecord {
  readonly identity: FederatedIdentity;
  readonly clientId: string;
  readonly scopes: readonly string[];
}
/** By refresh token. */
export const workforceGrantKind: Kind<WorkforceGrantRecord> = { name: "workforceGrants", secret: true };
