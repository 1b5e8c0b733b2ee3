/** Cloud Identity, as far as groups of policies are looked into. Source: cloudidentity.googleapis.com v1, discovery document. */
export const cloudIdentityHost = "cloudidentity.googleapis.com";

/** Answer of `groups.lookup`. */
export interface GroupLookup {
  /** `groups/ID`. */
  readonly name: string;
}

/** Answer of `groups.memberships.checkTransitiveMembership`. */
export interface MembershipCheck {
  /** Absent for no. A membership that the caller may not see is none here. */
  readonly hasMembership?: boolean;
}
