import { RunpassError } from "../core/errors.ts";
import { userKind } from "./state/records.ts";
import type { State } from "./state/state.ts";

/** What can happen to a user: as in the world's `state`, or in its `reauth`. `active` takes all of it back. */
export type UserChange = "active" | "disabled" | "deleted" | "invalid_rapt" | "rapt_required";

export const userChanges: readonly UserChange[] = ["active", "disabled", "deleted", "invalid_rapt", "rapt_required"];

export function isUserChange(value: unknown): value is UserChange {
  return userChanges.some((change) => change === value);
}

/**
 * Changes what Google thinks of a user. Tokens given out before do what Google's then do.
 *
 * @throws {RunpassError} `not_found` where the world has no such user.
 */
export async function changeUser(state: State, email: string, change: UserChange): Promise<void> {
  const user = state.findUser(email);
  if (!user) {
    throw new RunpassError({
      code: "not_found",
      message: `The world has no user ${email}`,
      fix: "Name one that it has.",
    });
  }
  const { reauth: _before, ...rest } = user;
  const isReauth = change === "invalid_rapt" || change === "rapt_required";
  await state.store.put(userKind, user.email, {
    ...rest,
    ...(isReauth ? { state: "active", reauth: change } : { state: change }),
  });
}
