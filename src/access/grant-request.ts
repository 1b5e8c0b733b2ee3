import type { Condition } from "../google/policy.ts";
import type { Resource } from "./resource.ts";

/** The role that lets its members call a service. */
export const invokerRole = "roles/run.invoker";

/**
 * The smallest role for ID tokens of a service account. gcloud's own impersonation takes an access token first and needs
 * `roles/iam.serviceAccountTokenCreator`.
 */
export const idTokenCreatorRole = "roles/iam.serviceAccountOpenIdTokenCreator";

/** Who is to get which role on what. */
export interface GrantRequest {
  readonly resource: Resource;
  readonly role: string;
  /** In IAM's form; at least one. */
  readonly members: readonly string[];
  /** Under which it counts, for a grant that ends by itself. */
  readonly condition?: Condition | undefined;
}

/** The role that a grant on a resource means when none is named. */
export function defaultRole(resource: Resource): string {
  return resource.kind === "account" ? idTokenCreatorRole : invokerRole;
}

/**
 * The grants of calling services as a service account: the account may call each service, and the callers may make ID tokens for
 * the account. In the order in which they are written: the last opens the way.
 */
export function grantsToCallAs(options: {
  readonly services: readonly Resource[];
  readonly account: Resource & { readonly kind: "account" };
  /** Who will impersonate, in IAM's form. */
  readonly callers: readonly string[];
}): readonly GrantRequest[] {
  return [
    ...options.services.map((resource) => ({
      resource,
      role: invokerRole,
      members: [`serviceAccount:${options.account.email}`],
    })),
    { resource: options.account, role: idTokenCreatorRole, members: options.callers },
  ];
}
