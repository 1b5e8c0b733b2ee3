import { parseDenyPrincipal } from "../google/deny-policy.ts";
import { formatMember, parseMember } from "../google/member.ts";

/** Whether something covers a principal, as far as can be told. */
export type Covers = "yes" | "no" | "unknown";

/** Who an answer is about: a user or service account in IAM's form, or `allUsers` for anyone without a token. */
export interface Subject {
  readonly member: string;
  /** Groups that it is known to be in, in IAM's form. Of other groups nothing is known. */
  readonly groups?: readonly string[];
  /** Of groups that were looked into: why it is not known whether it is in them. */
  readonly doubts?: ReadonlyMap<string, string>;
}

/** Whether the member of a binding covers a principal. Source: google/iam/v1/policy.proto, `Binding.members`. */
export function memberCovers(bound: string, { member, groups = [] }: Subject): Covers {
  const named = parseMember(bound);
  const self = parseMember(member);
  if (!named || !self) return "unknown";
  if (named.kind === "allUsers" || formatMember(named) === formatMember(self)) return "yes";
  if (self.kind === "allUsers") return "no";
  const isPerson = self.kind === "user";
  const isGoogleAccount = isPerson || self.kind === "serviceAccount";
  switch (named.kind) {
    case "allAuthenticatedUsers":
      return isGoogleAccount ? "yes" : "unknown";
    case "user":
    case "serviceAccount":
      return "no";
    case "group":
      return groups.some((group) => group.toLowerCase() === `group:${named.email}`) ? "yes" : "unknown";
    case "domain":
      return isPerson ? (self.email.endsWith(`@${named.domain}`) ? "yes" : "no") : isGoogleAccount ? "no" : "unknown";
    case "deleted":
      return "no"; // an account of the same e-mail does not inherit
    case "principal":
    case "principalSet":
      return setCovers(`${named.kind}://${named.name}`, false, isGoogleAccount);
  }
}

/** Whether a principal of a deny rule covers one. Source: google/iam/v2/deny.proto, `denied_principals`. */
export function denyPrincipalCovers(text: string, { member, groups = [] }: Subject): Covers {
  const denied = parseDenyPrincipal(text);
  const self = parseMember(member);
  if (!denied || !self) return "unknown";
  if (denied.kind === "everyone") return "yes";
  if (self.kind === "allUsers") return "no";
  const isGoogleAccount = self.kind === "user" || self.kind === "serviceAccount";
  if (denied.kind === "other") return setCovers(denied.name, text === member, isGoogleAccount);
  if (denied.kind === "group") {
    return groups.some((group) => group.toLowerCase() === `group:${denied.email}`) ? "yes" : "unknown";
  }
  return isGoogleAccount && self.kind === denied.kind && self.email === denied.email ? "yes" : "no";
}

/** Pools hold no accounts of Google's; who is in a customer or below a folder is not read. */
function setCovers(name: string, isSame: boolean, isGoogleAccount: boolean): Covers {
  if (isSame) return "yes";
  if (name.startsWith("deleted:")) return "no";
  return isGoogleAccount && /\/work(?:force|loadIdentity)Pools\//.test(name) ? "no" : "unknown";
}
