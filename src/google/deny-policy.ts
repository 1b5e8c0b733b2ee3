import type { Condition } from "./policy.ts";

/** An IAM deny policy as it goes over the wire. Source: google/iam/v2/policy.proto. */
export interface DenyPolicy {
  /** `policies/ATTACHMENT_POINT/denypolicies/ID`, the slashes of the attachment point written as `%2F`. */
  readonly name: string;
  readonly uid: string;
  readonly kind: "DenyPolicy";
  readonly displayName?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly etag: string;
  /** RFC 3339. */
  readonly createTime: string;
  /** RFC 3339. */
  readonly updateTime: string;
  readonly rules?: readonly DenyPolicyRule[];
}

export interface DenyPolicyRule {
  readonly description?: string;
  readonly denyRule?: DenyRule;
}

/** Who may not use which permissions, whatever roles they hold. Source: google/iam/v2/deny.proto. */
export interface DenyRule {
  /** Principals in IAM's second form, for example `principal://goog/subject/dev@example.com`. */
  readonly deniedPrincipals?: readonly string[];
  readonly exceptionPrincipals?: readonly string[];
  /** For example `run.googleapis.com/routes.invoke`, `run.googleapis.com/routes.*`. */
  readonly deniedPermissions?: readonly string[];
  readonly exceptionPermissions?: readonly string[];
  readonly denialCondition?: Condition;
}

/** A principal of a deny rule. */
export type DenyPrincipal =
  | { readonly kind: "everyone" }
  | { readonly kind: "user" | "serviceAccount" | "group"; readonly email: string }
  /** Any other set of principals, and what holds no ID tokens of Google's. */
  | { readonly kind: "other"; readonly name: string };

/** Reads a principal of a deny rule, or `undefined` when it is none. Source: google/iam/v2/deny.proto, `denied_principals`. */
export function parseDenyPrincipal(text: string): DenyPrincipal | undefined {
  if (text === "principalSet://goog/public:all") return { kind: "everyone" };
  const account =
    /^(?:principal:\/\/(goog\/subject|iam\.googleapis\.com\/projects\/-\/serviceAccounts)|principalSet:\/\/(goog\/group))\/([^\s/?]+@[^\s/?]+)$/.exec(
      text,
    );
  if (account?.[3]) {
    const kind = account[2] ? "group" : account[1] === "goog/subject" ? "user" : "serviceAccount";
    return { kind, email: account[3].toLowerCase() };
  }
  const isOther =
    /^principalSet:\/\/goog\/cloudIdentityCustomerId\/\w+$/.test(text) ||
    /^principalSet:\/\/cloudresourcemanager\.googleapis\.com\/(?:projects|folders|organizations)\/\d+\/type\/Service(?:Account|Agent)$/.test(
      text,
    ) ||
    /^principal(?:Set)?:\/\/iam\.googleapis\.com\/(?:projects\/\d+\/)?locations\/global\/work(?:force|loadIdentity)Pools\/\S+$/.test(
      text,
    ) ||
    /^deleted:principal(?:Set)?:\/\/\S+\?uid=\d+$/.test(text);
  return isOther ? { kind: "other", name: text } : undefined;
}

/** Whether a text can be the last part of a deny policy's name. */
export function isDenyPolicyId(text: string): boolean {
  return /^[a-z][a-z0-9.-]{2,62}$/.test(text);
}

/** Whether a text has the form of a deny rule's permission. */
export function isDenyPermission(text: string): boolean {
  return /^[a-z][a-z0-9-]*\.googleapis\.com\/(?:[a-zA-Z.]+|\*)\.(?:[a-zA-Z]+|\*)$/.test(text);
}

/**
 * `policies/cloudresourcemanager.googleapis.com%2Fprojects%2F123/denypolicies/ID`.
 *
 * @param attachedTo `projects/NUMBER`, `folders/N` or `organizations/N`.
 */
export function formatDenyPolicyName(attachedTo: string, id: string): string {
  return `policies/${encodeURIComponent(`cloudresourcemanager.googleapis.com/${attachedTo}`)}/denypolicies/${id}`;
}

/** `run.routes.invoke` as deny rules name it: `run.googleapis.com/routes.invoke`. */
export function toDenyPermission(permission: string): string {
  const dot = permission.indexOf(".");
  const service = permission.slice(0, dot);
  const host = service === "resourcemanager" ? "cloudresourcemanager" : service;
  return `${host}.googleapis.com/${permission.slice(dot + 1)}`;
}

/**
 * Whether a permission of a deny rule covers another: it is the same, or a group such as `run.googleapis.com/routes.*`,
 * `run.googleapis.com/*.invoke` or `run.googleapis.com/*.*`. Source: IAM documentation, "Deny policies", "Permission groups".
 */
export function coversPermission(pattern: string, denyPermission: string): boolean {
  if (pattern === denyPermission) return true;
  const [host, resourceAndVerb = ""] = pattern.split("/", 2);
  const [askedHost, asked = ""] = denyPermission.split("/", 2);
  if (host !== askedHost) return false;
  const [resource, verb] = splitVerb(resourceAndVerb);
  const [askedResource, askedVerb] = splitVerb(asked);
  return (resource === "*" || resource === askedResource) && (verb === "*" || verb === askedVerb);
}

function splitVerb(text: string): [resource: string, verb: string] {
  const dot = text.lastIndexOf(".");
  return [text.slice(0, dot), text.slice(dot + 1)];
}
