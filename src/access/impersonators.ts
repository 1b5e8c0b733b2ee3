import type { Context } from "../core/context.ts";
import { parseMember } from "../google/member.ts";
import { createEvaluator } from "./effective.ts";
import type { LevelReader, Unread } from "./levels.ts";
import { isSameBinding, rowsWith } from "./rows.ts";
import type { PermissionRow } from "./rows.ts";

type Counts = PermissionRow["counts"];

/** A binding by which somebody can make ID tokens of a service account, or act as it on the way to another. */
export interface ImpersonatorRow extends PermissionRow {
  /** The account's e-mail. */
  readonly as: string;
  /** The permission by which: the first of several that count. */
  readonly permission: string;
  /** Whether it gives ID tokens of the account. */
  readonly mints: Counts;
  /** Whether it lets one act as the account towards Google's APIs, and so go on to a next account. */
  readonly goesOn: Counts;
}

/** Any of these lead to tokens of both kinds: by a signed assertion, or by a key. Source: IAM Credentials v1; RFC 7523. */
const signing = ["iam.serviceAccounts.signJwt", "iam.serviceAccounts.signBlob", "iam.serviceAccountKeys.create"];
const minting: readonly string[] = ["iam.serviceAccounts.getOpenIdToken", ...signing];
const goingOn: readonly string[] = [
  "iam.serviceAccounts.getAccessToken",
  "iam.serviceAccounts.implicitDelegation",
  ...signing,
];

/** How many accounts are followed, each to who may act as it, which may be accounts again. */
const mostAccounts = 100;

export interface Impersonators {
  readonly rows: readonly ImpersonatorRow[];
  readonly unread: readonly Unread[];
  /** There are more accounts than are followed. */
  readonly isCut: boolean;
}

/** Who can act as service accounts, and as whoever can act as those: a chain of any length. */
export async function listImpersonators(
  context: Context,
  emails: readonly string[],
  read: LevelReader,
): Promise<Impersonators> {
  const rows: ImpersonatorRow[] = [];
  const unread: Unread[] = [];
  const seen = new Set<string>();
  let next = [...emails];
  while (next.length > 0) {
    const fresh = [...new Set(next)].filter((email) => !seen.has(email));
    const batch = fresh.slice(0, mostAccounts - seen.size);
    for (const email of batch) seen.add(email);
    const found = await Promise.all(batch.map((email) => listOf(context, email, read)));
    rows.push(...found.flatMap((each) => each.rows));
    unread.push(...found.flatMap((each) => each.unread));
    if (batch.length < fresh.length) return { rows, unread, isCut: true };
    next = found.flatMap((each) =>
      each.rows.flatMap(({ member, counts }) => (counts === "no" ? [] : accountOf(member))),
    );
  }
  return { rows, unread, isCut: false };
}

async function listOf(
  context: Context,
  email: string,
  read: LevelReader,
): Promise<{ readonly rows: readonly ImpersonatorRow[]; readonly unread: readonly Unread[] }> {
  const levels = await read({ kind: "account", email });
  const rowContext = { evaluator: await createEvaluator(levels), nowMs: context.clock.nowMs() };
  const rows: ImpersonatorRow[] = [];
  for (const permission of new Set([...minting, ...goingOn])) {
    for (const row of rowsWith(permission, levels, rowContext)) {
      const known = rows.findIndex((each) => isSameBinding(each, row));
      const before = rows[known];
      const { counts } = row;
      const now: ImpersonatorRow = {
        ...(before?.counts === "yes" || before?.counts === counts ? before : { ...row, as: email, permission }),
        mints: minting.includes(permission) ? best(before?.mints, counts) : (before?.mints ?? "no"),
        goesOn: goingOn.includes(permission) ? best(before?.goesOn, counts) : (before?.goesOn ?? "no"),
      };
      if (before) rows[known] = now;
      else rows.push(now);
    }
  }
  return { rows, unread: levels.unread };
}

function best(one: Counts | undefined, other: Counts): Counts {
  return [one, other].includes("yes") ? "yes" : [one, other].includes("unknown") ? "unknown" : "no";
}

/** The e-mail of a member that is a service account. */
export function accountOf(member: string): string[] {
  const parsed = parseMember(member);
  return parsed?.kind === "serviceAccount" ? [parsed.email] : [];
}
