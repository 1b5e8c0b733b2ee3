/** Wire shapes of cloudresourcemanager.googleapis.com v1. Source: the API's discovery document. */

export const resourceManagerHost = "cloudresourcemanager.googleapis.com";

export interface Project {
  readonly projectNumber: string;
  readonly projectId: string;
  readonly lifecycleState: "ACTIVE";
  readonly name: string;
  /** RFC 3339. */
  readonly createTime: string;
  readonly parent?: { readonly type: "project" | "organization" | "folder"; readonly id: string };
}

/** An organisation in v1. */
export interface Organization {
  /** `organizations/N`. */
  readonly name: string;
  /** Its domain. */
  readonly displayName: string;
  readonly owner: { readonly directoryCustomerId: string };
  /** RFC 3339. */
  readonly creationTime: string;
  readonly lifecycleState: "ACTIVE";
}
