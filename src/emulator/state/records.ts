import type { ResourceTag } from "../../gate/view.ts";
import type { CustomRole } from "../../google/custom-role.ts";
import type { DenyPolicy } from "../../google/deny-policy.ts";
import type { Policy } from "../../google/policy.ts";
import type { Kind } from "./store.ts";
import type { Fault, WorldTrouble } from "../world/world-trouble.ts";
import type { World } from "../world/world.ts";

/** What the emulator keeps, kind by kind, and under which key. */

/** What an organisation, a folder and a project have in common. */
export interface NodeRecord {
  /** `folders/N` or `organizations/N`. */
  readonly parent?: string;
  /** What its organisation policies say about members; what its parents' say where it has none. */
  readonly constraints?: MemberConstraints;
}

/** Constraints on whom a policy may name. Source: Organization Policy documentation, "Restricting identities". */
export interface MemberConstraints {
  /** `iam.allowedPolicyMemberDomains`: customer ids. */
  readonly allowedPolicyMemberDomains?: readonly string[];
  /** `iam.managed.allowedPolicyMembers`: members, and sets such as `//cloudresourcemanager.googleapis.com/organizations/N`. */
  readonly allowedPolicyMembers?: readonly string[];
}

export interface OrganizationRecord extends NodeRecord {
  /** Digits. */
  readonly id: string;
  /** The domain of its users' e-mails. */
  readonly domain: string;
  /** Of Google Workspace or Cloud Identity: `C0…`. */
  readonly customerId: string;
  readonly createdMs: number;
}
/** By `organizations/N`. */
export const organizationKind: Kind<OrganizationRecord> = { name: "organizations" };

export interface FolderRecord extends NodeRecord {
  /** Digits. */
  readonly id: string;
  readonly displayName: string;
  readonly parent: string;
  readonly createdMs: number;
}
/** By `folders/N`. */
export const folderKind: Kind<FolderRecord> = { name: "folders" };

export interface ProjectRecord extends NodeRecord {
  readonly id: string;
  readonly number: string;
  readonly createdMs: number;
}
/** By project id. */
export const projectKind: Kind<ProjectRecord> = { name: "projects" };

export interface EntitlementRecord {
  /** Who may ask, in IAM's form. */
  readonly eligible: readonly string[];
  /** What they get on the project. */
  readonly roles: readonly string[];
  readonly maxSeconds: number;
  readonly createdMs: number;
}
/** By `projects/P/locations/global/entitlements/ID`. */
export const entitlementKind: Kind<EntitlementRecord> = { name: "entitlements" };

export type PrincipalState = "active" | "disabled" | "deleted";

/** Why a user's session is not enough any more. Source: google-auth-library-python, `reauth.py`. */
export type ReauthError = "invalid_rapt" | "rapt_required";

export interface UserRecord {
  readonly email: string;
  /** The `sub` of the user's tokens. */
  readonly subject: string;
  readonly state: PrincipalState;
  /** What the token endpoint answers to a refresh, until the user has signed in again. */
  readonly reauth?: ReauthError;
}
/** By e-mail. */
export const userKind: Kind<UserRecord> = { name: "users" };

export interface GroupRecord {
  readonly email: string;
  /** In IAM's form. */
  readonly members: readonly string[];
}
/** By e-mail. */
export const groupKind: Kind<GroupRecord> = { name: "groups" };

export interface AccountRecord {
  readonly email: string;
  readonly project: string;
  /** 21 digits, never used again: the `sub` of the account's tokens. */
  readonly uniqueId: string;
  readonly state: PrincipalState;
  readonly displayName?: string;
  readonly description?: string;
  readonly deletedMs?: number;
}
/** By unique id: an account that is made again is another one. */
export const accountKind: Kind<AccountRecord> = { name: "serviceAccounts" };

export interface AccountKeyRecord {
  readonly id: string;
  /** Unique id of the account. */
  readonly account: string;
  /** SPKI, PEM. The private half is nowhere but with whoever asked for the key. */
  readonly publicKey: string;
  readonly validAfterMs: number;
  readonly validBeforeMs: number;
  /** Google's own: it signs for the account, and nobody gets the private half. */
  readonly isSystemManaged?: true;
  readonly isDisabled?: true;
}
/** By key id. */
export const accountKeyKind: Kind<AccountKeyRecord> = { name: "serviceAccountKeys" };

/** The private half of a key that Google has for an account. */
export interface AccountSigningKeyRecord {
  readonly kid: string;
  /** Unique id of the account. */
  readonly account: string;
  /** PKCS #8, PEM. */
  readonly privateKey: string;
  readonly signsUntilMs: number;
}
/** By key id. */
export const accountSigningKeyKind: Kind<AccountSigningKeyRecord> = { name: "serviceAccountSigningKeys", secret: true };

/** By the resource's name. The stored etag is the policy's own. */
export const policyKind: Kind<Policy> = { name: "policies" };

export interface CustomRoleRecord extends Pick<CustomRole, "title" | "description" | "stage"> {
  readonly includedPermissions: readonly string[];
  /** Since then it gives nothing. */
  readonly deletedMs?: number;
}
/** By name: `projects/P/roles/ID`, `organizations/N/roles/ID`. */
export const customRoleKind: Kind<CustomRoleRecord> = { name: "customRoles" };

export interface TagKeyRecord {
  /** `projects/ID` or `organizations/N`. */
  readonly parent: string;
  readonly shortName: string;
  readonly description?: string;
  readonly createdMs: number;
}
/** By `tagKeys/N`. */
export const tagKeyKind: Kind<TagKeyRecord> = { name: "tagKeys" };

export interface TagValueRecord {
  /** `tagKeys/N`. */
  readonly key: string;
  readonly shortName: string;
  readonly description?: string;
  readonly createdMs: number;
}
/** By `tagValues/N`. */
export const tagValueKind: Kind<TagValueRecord> = { name: "tagValues" };

/** Tags bound to a resource, by its name. */
export const resourceTagKind: Kind<readonly ResourceTag[]> = { name: "resourceTags" };

/** By the name of the resource that they are attached to. */
export const denyPolicyKind: Kind<readonly DenyPolicy[]> = { name: "denyPolicies" };

/** By the operation's name. */
export const denyOperationKind: Kind<object> = { name: "denyOperations" };

export interface SigningKeyRecord {
  readonly kid: string;
  /** PKCS #8, PEM. */
  readonly privateKey: string;
  /** When it begins to sign; absent: at once. It is published before. */
  readonly signsFromMs?: number;
  /** When it is taken back; absent: not before the next rotation. */
  readonly publishedUntilMs?: number;
}
/** The keys that stand for Google's, by their id, oldest first. */
export const signingKeyKind: Kind<SigningKeyRecord> = { name: "signingKeys", secret: true };

export interface ClockRecord {
  /** How far the emulator's time is ahead of the machine's, in milliseconds. */
  readonly offsetMs: number;
}
/** Under the one key `clock`. */
export const clockKind: Kind<ClockRecord> = { name: "clock" };

/** The world that the state began with, under the one key `world`: what a reset goes back to. */
export const worldKind: Kind<World> = { name: "world" };

/** What is late and by chance, under the one key `trouble`. */
export const troubleKind: Kind<Omit<WorldTrouble, "faults">> = { name: "trouble" };

export interface FaultRecord {
  /** A number. */
  readonly id: string;
  readonly fault: Fault;
  /** How many requests have met it. */
  readonly met: number;
}
/** By id, the oldest first. */
export const faultKind: Kind<FaultRecord> = { name: "faults" };

/** A value of a policy that is on its way, or that one replaces. */
export interface Version {
  /** When those who decide by it come to see it, in milliseconds since the Unix epoch. */
  readonly visibleAtMs: number;
  /** Absent where there was none. */
  readonly value?: unknown;
}
/** Versions in the order in which they were written, by `KIND/KEY`, while not all of them have arrived. */
export const versionsKind: Kind<readonly Version[]> = { name: "versions" };
