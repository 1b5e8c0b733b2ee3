import { parseMember } from "../../google/member.ts";
import { ApiFailure } from "../api/route.ts";
import { groupKind } from "../state/records.ts";
import type { State } from "../state/state.ts";

/**
 * Refuses a member that IAM would not store, in its words: one of no known kind, or one that does not exist.
 * Source: texts observed; those for accounts and groups by analogy.
 */
export function checkMember(state: State, text: string): void {
  const member = parseMember(text);
  if (!member) {
    throw wrong(`The member ${text} is of an unknown type. Please set a valid type prefix for the member.`);
  }
  if (member.kind === "user" && !isLiving(state.findUser(member.email))) {
    // IAM says the same of a service account that is called a user.
    throw wrong(`User ${member.email} does not exist.`);
  }
  if (member.kind === "serviceAccount" && !isLiving(state.findAccount(member.email))) {
    throw wrong(`Service account ${member.email} does not exist.`);
  }
  if (member.kind === "group" && !state.store.get(groupKind, member.email)) {
    throw wrong(`Group ${member.email} does not exist.`);
  }
}

function isLiving(record: { readonly state: string } | undefined): boolean {
  return record !== undefined && record.state !== "deleted";
}

function wrong(message: string): ApiFailure {
  return new ApiFailure("INVALID_ARGUMENT", message);
}
