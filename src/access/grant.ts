import type { Context } from "../core/context.ts";
import { planChange, planOn } from "./change.ts";
import type { PlannedChange } from "./change.ts";
import { expiryOf } from "./condition.ts";
import type { DeniedBy } from "./effective.ts";
import type { GrantRequest } from "./grant-request.ts";
import { createGroupReader } from "./groups.ts";
import { requireGrantable } from "./grantable.ts";
import { createStandingJudge } from "./holding.ts";
import type { Holding } from "./holding.ts";
import { readLevels } from "./levels.ts";
import type { Unread } from "./levels.ts";
import { projectOf } from "./resource.ts";

/** A member who needs nothing, and why. */
export interface AlreadyGranted {
  readonly member: string;
  readonly through: readonly Holding[];
}

/** A member whom a deny policy keeps from using the role. */
export interface DeniedGrant {
  readonly member: string;
  readonly by: DeniedBy;
}

/** What a grant would do. */
export interface PlannedGrant extends PlannedChange {
  readonly request: GrantRequest;
  readonly already: readonly AlreadyGranted[];
  readonly denied: readonly DeniedGrant[];
  /** What could not be read and may give a member the role's effect. */
  readonly unread: readonly Unread[];
}

/**
 * Works out grants without writing anything: reads the policies of each resource and of all that is above it, as far as they are
 * readable.
 *
 * @throws {RunpassError} `permission_denied` or `not_found` when a resource's own policy cannot be read, `invalid_argument` for
 * what Google takes in no case.
 */
export async function planGrants(
  context: Context,
  requests: readonly GrantRequest[],
  accessToken: string,
): Promise<readonly PlannedGrant[]> {
  for (const request of requests) requireGrantable(request);
  return Promise.all(requests.map((request) => planGrant(context, request, accessToken)));
}

async function planGrant(context: Context, request: GrantRequest, accessToken: string): Promise<PlannedGrant> {
  const { resource, role, members, condition } = request;
  const levels = await readLevels(context, resource, accessToken);
  // Asked once more where it was refused, for Google's own words.
  const before = levels.levels[0]?.policy ?? (await planChange(context, resource, [], accessToken)).before;
  const untilMs = condition && expiryOf(condition);
  const { groups, judge } = await createStandingJudge(levels, role, context.clock.nowMs(), untilMs);
  const readGroups = createGroupReader(context, accessToken, projectOf(resource));
  const already: AlreadyGranted[] = [];
  const denied: DeniedGrant[] = [];
  const missing: string[] = [];
  for (const member of new Set(members)) {
    const standing = judge(await readGroups(member, groups));
    if (standing.denied) denied.push({ member, by: standing.denied });
    if (standing.through) already.push({ member, through: standing.through });
    else missing.push(member);
  }
  const edits = missing.map((member) => ({ action: "add" as const, role, member, condition }));
  const unread = levels.unread.filter(({ hides }) => hides !== "denials");
  return { ...planOn(before, resource, edits), request, already, denied, unread };
}
