import { RunpassError } from "../core/errors.ts";
import { formatMember, isServiceAccountEmail, parseMember } from "../google/member.ts";
import type { Member } from "../google/member.ts";

/** The member that an e-mail stands for when it has no prefix: a service account by its ending, else a user. */
export function memberOfEmail(email: string): string {
  return `${isServiceAccountEmail(email) ? "serviceAccount" : "user"}:${email.toLowerCase()}`;
}

/**
 * Reads a MEMBER: IAM's form, or a bare e-mail; nothing means yourself. Groups and domains need their prefix.
 *
 * @param self the caller's e-mail or member, for when `text` is absent.
 * @returns the member in IAM's form, e-mails in lower case.
 * @throws {RunpassError} `invalid_argument`, with the nearest form that would be right.
 */
export function memberOf(text: string | undefined, self: string | undefined): string {
  if (text === undefined) {
    if (self !== undefined) return memberOf(self, undefined);
    throw new RunpassError({
      code: "invalid_argument",
      message: "it is not known who you are",
      why: "the credentials in use do not tell an e-mail",
      fix: "Name the member, for example user:you@example.com.",
    });
  }
  const member = parseMember(text);
  if (member) return formatMember(checked(text, member));
  if (/^[^\s@:/?#]+@[^\s@:/?#]+$/.test(text)) return memberOfEmail(text);
  throw wrong(text, nearest(text));
}

function checked(text: string, member: Member): Member {
  if (member.kind === "user" && isServiceAccountEmail(member.email))
    throw wrong(text, `serviceAccount:${member.email}`);
  return member;
}

function nearest(text: string): string {
  const known = ["allUsers", "allAuthenticatedUsers"].find((name) => name.toLowerCase() === text.toLowerCase());
  if (known !== undefined) return known;
  const [, prefix = "", value = ""] = /^([a-z]+):(.*)$/i.exec(text) ?? [];
  const kind = ["user", "serviceAccount", "group", "domain"].find(
    (name) => name.toLowerCase() === prefix.toLowerCase(),
  );
  if (kind !== undefined && parseMember(`${kind}:${value}`)) return `${kind}:${value.toLowerCase()}`;
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(text)) return `domain:${text.toLowerCase()}`;
  return "user:you@example.com, serviceAccount:…@….iam.gserviceaccount.com, group:…, domain:…";
}

function wrong(text: string, fix: string): RunpassError {
  return new RunpassError({
    code: "invalid_argument",
    message: `${JSON.stringify(text)} is no member of an IAM policy`,
    fix: fix.includes("…") ? `Give ${fix}.` : `Did you mean ${fix}?`,
  });
}
