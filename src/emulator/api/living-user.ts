import { userKind } from "../state/records.ts";
import type { UserRecord } from "../state/records.ts";
import type { State } from "../state/state.ts";
import { OAuthFailure } from "./oauth-form.ts";

/**
 * The user of a grant, who must still be there. Source: texts observed.
 *
 * @throws {OAuthFailure} `invalid_grant`
 */
export function findLivingUser(state: State, subject: string): UserRecord {
  const user = state.store.list(userKind).find((each) => each.subject === subject);
  if (!user || user.state === "deleted") throw new OAuthFailure("invalid_grant", "The account has been deleted");
  if (user.state === "disabled") throw new OAuthFailure("invalid_grant", "Account disabled");
  return user;
}
