/** Organisation policies v2, as far as whom a policy may name. Source: google/cloud/orgpolicy/v2/orgpolicy.proto. */
export const orgPolicyHost = "orgpolicy.googleapis.com";

/** Domain-restricted sharing: customers whose principals policies may name. */
export const memberDomainsConstraint = "iam.allowedPolicyMemberDomains";
/** The managed constraint of the same purpose: members and sets of principals. Source: "Restricting identities by domain". */
export const policyMembersConstraint = "iam.managed.allowedPolicyMembers";

/** Answer of `projects.policies.getEffectivePolicy`. */
export interface OrgPolicy {
  /** `projects/NUMBER/policies/CONSTRAINT`. */
  readonly name: string;
  readonly spec?: { readonly rules?: readonly OrgPolicyRule[] };
}

export interface OrgPolicyRule {
  readonly allowAll?: boolean;
  readonly denyAll?: boolean;
  /** `is:C0123` or `C0123` for customers, `is:principalSet://…` for sets. */
  readonly values?: { readonly allowedValues?: readonly string[] };
  readonly enforce?: boolean;
  readonly parameters?: {
    /** In IAM's form. */
    readonly allowedMemberSubjects?: readonly string[];
    /** `//cloudresourcemanager.googleapis.com/organizations/N`. */
    readonly allowedPrincipalSets?: readonly string[];
  };
  /** Under which it counts: tags. */
  readonly condition?: { readonly expression: string };
}
