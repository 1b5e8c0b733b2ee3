/** Privileged Access Manager v1, as far as access is asked for. Source: google/cloud/privilegedaccessmanager/v1/privilegedaccessmanager.proto. */
export const privilegedAccessHost = "privilegedaccessmanager.googleapis.com";

/** What somebody may ask for, and have for a time. */
export interface Entitlement {
  /** `projects/P/locations/global/entitlements/ID`. */
  readonly name: string;
  /** Who may ask, in IAM's form; one entry at most. */
  readonly eligibleUsers?: readonly { readonly principals: readonly string[] }[];
  readonly privilegedAccess: PrivilegedAccess;
  /** `3600s`. */
  readonly maxRequestDuration: string;
  readonly requesterJustificationConfig: { readonly unstructured?: object; readonly notMandatory?: object };
  readonly state: "AVAILABLE" | "CREATING" | "DELETING" | "DELETED" | "UPDATING";
  readonly etag: string;
  /** RFC 3339. */
  readonly createTime: string;
  /** RFC 3339. */
  readonly updateTime: string;
}

export interface PrivilegedAccess {
  readonly gcpIamAccess: {
    readonly resourceType: "cloudresourcemanager.googleapis.com/Project";
    /** `//cloudresourcemanager.googleapis.com/projects/P`. */
    readonly resource: string;
    readonly roleBindings: readonly { readonly role: string; readonly conditionExpression?: string }[];
  };
}

/** Answer of `entitlements.search`. */
export interface EntitlementPage {
  readonly entitlements?: readonly Entitlement[];
  readonly nextPageToken?: string;
}

/** One time that somebody asks. Source: the same, `Grant`. */
export interface PrivilegedAccessGrant {
  /** `projects/P/locations/global/entitlements/ID/grants/UUID`. */
  readonly name: string;
  /** The e-mail of whoever asked. */
  readonly requester: string;
  readonly requestedDuration: string;
  readonly justification?: { readonly unstructuredJustification?: string };
  readonly state: "ACTIVE";
  readonly privilegedAccess: PrivilegedAccess;
  readonly createTime: string;
  readonly updateTime: string;
}

/** Whether a text can be an entitlement's id. */
export function isEntitlementId(text: string): boolean {
  return /^[a-z][a-z0-9-]{3,62}$/.test(text);
}
