import type { Context } from "../core/context.ts";
import { parseMember } from "../google/member.ts";
import { createConditionJudge } from "./condition.ts";
import { createEvaluator } from "./effective.ts";
import { readLevels } from "./levels.ts";
import type { Levels, Unread } from "./levels.ts";
import { rowsWith } from "./rows.ts";
import type { PermissionRow, RowContext } from "./rows.ts";

/** A binding by which somebody can make ID tokens of a service account. */
export interface ImpersonatorRow extends PermissionRow {
  /** The account's e-mail. */
  readonly as: string;
  /** The permission by which. */
  readonly permission: string;
}

/** Any of these leads to an ID token: at once, by a signed assertion, or by a key. Source: IAM Credentials v1; RFC 7523. */
export const mintingPermissions: readonly string[] = [
  "iam.serviceAccounts.getOpenIdToken",
  "iam.serviceAccounts.signJwt",
  "iam.serviceAccounts.signBlob",
  "iam.serviceAccountKeys.create",
];

/** How many accounts are followed, each to who may act as it, which may be accounts again. */
const mostAccounts = 25;

/** Who can act as service accounts, and as whoever can act as those: a chain of any length. */
export async function listImpersonators(
  context: Context,
  emails: readonly string[],
  accessToken: string,
): Promise<{ readonly rows: readonly ImpersonatorRow[]; readonly unread: readonly Unread[] }> {
  const rows: ImpersonatorRow[] = [];
  const unread: Unread[] = [];
  const seen = new Set<string>();
  let next = [...emails];
  while (next.length > 0) {
    const batch = next.filter((email) => !seen.has(email)).slice(0, mostAccounts - seen.size);
    for (const email of batch) seen.add(email);
    const found = await Promise.all(batch.map((email) => listOf(context, email, accessToken)));
    rows.push(...found.flatMap((each) => each.rows));
    unread.push(...found.flatMap((each) => each.unread));
    next = found.flatMap((each) =>
      each.rows.flatMap(({ member, counts }) => (counts === "no" ? [] : accountOf(member))),
    );
    if (batch.length === 0) break;
  }
  return { rows, unread };
}

async function listOf(
  context: Context,
  email: string,
  accessToken: string,
): Promise<{ readonly rows: readonly ImpersonatorRow[]; readonly unread: readonly Unread[] }> {
  const levels = await readLevels(context, { kind: "account", email }, accessToken);
  const rowContext = await createRowContext(levels, context.clock.nowMs());
  const rows: ImpersonatorRow[] = [];
  for (const permission of mintingPermissions) {
    for (const row of rowsWith(permission, levels, rowContext)) {
      // One role may hold several of the permissions: the first is enough to say.
      const isKnown = rows.some(
        ({ member, role, resource }) => member === row.member && role === row.role && resource === row.resource,
      );
      if (!isKnown) rows.push({ ...row, as: email, permission });
    }
  }
  return { rows, unread: levels.unread };
}

/** What rows of these levels are judged by, at one time. */
export async function createRowContext(levels: Levels, nowMs: number): Promise<RowContext> {
  const hasConditions = levels.levels.some(({ policy }) => policy?.bindings?.some(({ condition }) => condition));
  const [evaluator, judge] = await Promise.all([
    createEvaluator(levels),
    hasConditions ? createConditionJudge() : undefined,
  ]);
  return { evaluator, judge, nowMs };
}

/** The e-mail of a member that is a service account. */
export function accountOf(member: string): string[] {
  const parsed = parseMember(member);
  return parsed?.kind === "serviceAccount" ? [parsed.email] : [];
}
