/** A custom role, as IAM shows it. Source: google/iam/admin/v1/iam.proto. */
export interface CustomRole {
  /** `projects/P/roles/ID` or `organizations/N/roles/ID`. */
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  /** Absent in lists, unless asked for with `view=FULL`. */
  readonly includedPermissions?: readonly string[];
  readonly stage?: RoleStage;
  readonly etag: string;
  readonly deleted?: true;
}

/** In `DISABLED` a role gives nothing. */
export const roleStages = ["ALPHA", "BETA", "GA", "DEPRECATED", "DISABLED", "EAP"] as const;
export type RoleStage = (typeof roleStages)[number];

/** The resource that a custom role belongs to, `projects/P` or `organizations/N`; `undefined` for every other role. */
export function ownerOfRole(role: string): string | undefined {
  return /^((?:projects|organizations)\/[^/]+)\/roles\/[\w.]+$/.exec(role)?.[1];
}

/** Whether a text can be a custom role's id. */
export function isRoleId(text: string): boolean {
  return /^[\w.]{3,64}$/.test(text);
}

/** Whether a text has the form of a permission: `run.routes.invoke`. */
export function isPermissionName(text: string): boolean {
  return /^[a-z][\w-]*\.[\w-]+\.[\w-]+$/i.test(text);
}
