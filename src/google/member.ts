/** A principal of an IAM policy. Source: google/iam/v1/policy.proto, `Binding.members`; for federated ones IAM's principal identifiers. */
export type Member =
  | { readonly kind: "allUsers" | "allAuthenticatedUsers" }
  | { readonly kind: "user" | "serviceAccount" | "group"; readonly email: string }
  | { readonly kind: "domain"; readonly domain: string }
  | {
      readonly kind: "deleted";
      readonly deleted: "user" | "serviceAccount" | "group";
      readonly email: string;
      readonly uid: string;
    }
  | { readonly kind: "principal" | "principalSet"; readonly name: string };

const email = /^[^\s@:/?#]+@[^\s@:/?#]+$/;

/** Reads a member in IAM's form, or `undefined` when it is none. E-mails and domains come back in lower case: IAM compares them so. */
export function parseMember(text: string): Member | undefined {
  if (text === "allUsers" || text === "allAuthenticatedUsers") return { kind: text };
  if (text.startsWith("principal://") || text.startsWith("principalSet://")) {
    const [kind, name] = text.split("://", 2) as ["principal" | "principalSet", string];
    return isPrincipalName(kind, name) ? { kind, name } : undefined;
  }
  const colon = text.indexOf(":");
  if (colon < 0) return undefined;
  const value = text.slice(colon + 1);
  switch (text.slice(0, colon)) {
    case "user":
      return email.test(value) ? { kind: "user", email: value.toLowerCase() } : undefined;
    case "serviceAccount":
      return email.test(value) ? { kind: "serviceAccount", email: value.toLowerCase() } : undefined;
    case "group":
      return email.test(value) ? { kind: "group", email: value.toLowerCase() } : undefined;
    case "domain":
      return /^[a-z0-9.-]+\.[a-z0-9-]+$/i.test(value) ? { kind: "domain", domain: value.toLowerCase() } : undefined;
    case "deleted":
      return parseDeletedMember(value);
    default:
      return undefined;
  }
}

/**
 * Whether a name can be a principal's or a set's. In identity pools there are few forms, which name the project by its number;
 * of other names (agents, resource hierarchies) nothing is checked.
 */
function isPrincipalName(kind: "principal" | "principalSet", name: string): boolean {
  if (!/\/(?:workloadIdentityPools|workforcePools)\//.test(name)) return name !== "";
  const pool =
    /^iam\.googleapis\.com\/(?:projects\/\d+\/locations\/global\/workloadIdentityPools|locations\/global\/workforcePools)\/[^/]+\/(.+)$/;
  const within = kind === "principal" ? oneOfPool : setOfPool;
  return within.test(pool.exec(name)?.[1] ?? "");
}

/** The second form of each is GKE's. Source: IAM documentation, "Principal identifiers". */
const oneOfPool = /^(?:subject|kubernetes\.serviceaccount\.uid)\/.+$/;
const setOfPool = /^(?:\*|group\/.+|attribute\.[a-z0-9_]+\/.+|(?:namespace|kubernetes\.cluster)\/.+)$/;

function parseDeletedMember(value: string): Member | undefined {
  const match = /^(user|serviceAccount|group):([^?]+)\?uid=(\d+)$/.exec(value);
  if (!match?.[2] || !match[3] || !email.test(match[2])) return undefined;
  return {
    kind: "deleted",
    deleted: match[1] as "user" | "serviceAccount" | "group",
    email: match[2].toLowerCase(),
    uid: match[3],
  };
}

/** Writes a member in IAM's form: the reverse of {@link parseMember}. */
export function formatMember(member: Member): string {
  switch (member.kind) {
    case "allUsers":
    case "allAuthenticatedUsers":
      return member.kind;
    case "domain":
      return `domain:${member.domain}`;
    case "deleted":
      return `deleted:${member.deleted}:${member.email}?uid=${member.uid}`;
    case "principal":
    case "principalSet":
      return `${member.kind}://${member.name}`;
    default:
      return `${member.kind}:${member.email}`;
  }
}

/** Whether an e-mail is a service account's: those that Google makes end in `gserviceaccount.com`. */
export function isServiceAccountEmail(value: string): boolean {
  return /@(?:[^@]+\.)?gserviceaccount\.com$/i.test(value);
}
