import type { Context } from "../core/context.ts";
import { ApiError, callApi, isRefusal } from "../google/call.ts";
import { cloudIdentityHost } from "../google/cloud-identity.ts";
import type { GroupLookup, MembershipCheck } from "../google/cloud-identity.ts";
import type { Subject } from "./covers.ts";
import type { Effective, Evaluator } from "./effective.ts";

/** Tells what is known of a member and some groups, in IAM's form. What was asked once is not asked again. */
export type GroupReader = (member: string, groups: readonly string[]) => Promise<Subject>;

/**
 * Makes a reader of groups. Only a membership that is seen is certain: Cloud Identity answers no as well where a group in between
 * is hidden from whoever asks, and does not answer at all without the edition for it. Source: Cloud Identity documentation,
 * `groups.memberships.checkTransitiveMembership`.
 *
 * @param quotaProject where the API is called from: users' tokens need one, in which the API is enabled.
 */
export function createGroupReader(
  context: Context,
  accessToken: string,
  quotaProject: string | undefined,
): GroupReader {
  const asked = new Map<string, Promise<string | undefined>>();
  const doubtOf = (email: string, group: string): Promise<string | undefined> => {
    const key = `${email} ${group}`;
    let answer = asked.get(key);
    if (!answer) asked.set(key, (answer = askMembership(context, { email, group, accessToken, quotaProject })));
    return answer;
  };
  return async (member, groups) => {
    const email = /^(?:user|serviceAccount):(.+)$/.exec(member)?.[1];
    if (email === undefined) return { member };
    const doubts = await Promise.all(groups.map((group) => doubtOf(email, group)));
    return {
      member,
      groups: groups.filter((_group, index) => doubts[index] === undefined),
      doubts: new Map(groups.flatMap((group, index) => (doubts[index] === undefined ? [] : [[group, doubts[index]]]))),
    };
  };
}

/**
 * Decides who has what, and looks into groups where the answer depends on them.
 *
 * @throws {RunpassError} `google_unreachable`.
 */
export async function decideWithGroups(
  evaluator: Evaluator,
  member: string,
  permission: string,
  nowMs: number,
  readGroups: GroupReader,
): Promise<Effective> {
  const first = evaluator.decide({ member }, permission, nowMs);
  const groups = first.outcome === "unknown" ? evaluator.groupsFor(permission) : [];
  return groups.length === 0 ? first : evaluator.decide(await readGroups(member, groups), permission, nowMs);
}

interface Membership {
  readonly email: string;
  readonly group: string;
  readonly accessToken: string;
  readonly quotaProject: string | undefined;
}

/** @returns `undefined` for a membership that is seen, else why it is not known. */
async function askMembership(context: Context, { email, group, ...asker }: Membership): Promise<string | undefined> {
  const get = <T>(path: string, query: Readonly<Record<string, string>>): Promise<T> =>
    callApi<T>(context.fetch, {
      method: "GET",
      url: `https://${cloudIdentityHost}/v1/${path}?${new URLSearchParams(query).toString()}`,
      ...asker,
      signal: context.signal,
    });
  try {
    const { name } = await get<GroupLookup>("groups:lookup", { "groupKey.id": group.slice("group:".length) });
    const query = `member_key_id == '${email.replaceAll("'", "\\'")}'`;
    const { hasMembership } = await get<MembershipCheck>(`${name}/memberships:checkTransitiveMembership`, { query });
    return hasMembership === true ? undefined : "Cloud Identity shows you no membership";
  } catch (error) {
    if (!isRefusal(error) && !(error instanceof ApiError && error.code === "invalid_argument")) throw error;
    return "you may not look into the group";
  }
}
