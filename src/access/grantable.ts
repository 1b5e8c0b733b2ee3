import { RunpassError } from "../core/errors.ts";
import { parseMember } from "../google/member.ts";
import type { GrantRequest } from "./grant-request.ts";

const basicRoles: ReadonlySet<string> = new Set(["roles/owner", "roles/editor", "roles/viewer"]);

/** Whether a member is everybody, with an account or without: nobody's name, and nothing to grant by the way. */
export function isEverybody(member: string): boolean {
  return member === "allUsers" || member === "allAuthenticatedUsers";
}

/**
 * Refuses what Google would refuse in any case, before anything is sent. Source: IAM documentation, "Overview of IAM
 * Conditions", and google/iam/v1/policy.proto, `Binding.members`.
 *
 * @throws {RunpassError} `invalid_argument`.
 */
export function requireGrantable({ role, members, condition }: GrantRequest): void {
  const deleted = members.find((member) => parseMember(member)?.kind === "deleted");
  if (deleted !== undefined) {
    throw wrong(
      `${deleted} cannot be given a role`,
      "the account was deleted, and one made anew under its name is another",
      "Name the account that is there now, or restore the deleted one first.",
    );
  }
  if (!condition) return;
  if (basicRoles.has(role)) {
    throw wrong(
      `${role} cannot end by itself`,
      "IAM takes no condition on a basic role",
      "Choose a smaller role, for example roles/run.invoker, or leave out --for and --until.",
    );
  }
  const everybody = members.find(isEverybody);
  if (everybody !== undefined) {
    throw wrong(
      `A grant to ${everybody} cannot end by itself`,
      "IAM takes no condition on a binding for everybody",
      "Name who shall have it, or leave out --for and --until.",
    );
  }
}

function wrong(message: string, why: string, fix: string): RunpassError {
  return new RunpassError({ code: "invalid_argument", message, why, fix });
}
