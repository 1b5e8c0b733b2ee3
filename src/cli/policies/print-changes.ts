import type { DeniedGrant } from "../../access/grant.ts";
import type { AppliedChange, PlannedChange } from "../../access/change.ts";
import type { Holding } from "../../access/holding.ts";
import { resourceName, shortName } from "../../access/resource.ts";
import type { Resource } from "../../access/resource.ts";
import type { Condition } from "../../google/policy.ts";
import type { Session } from "../session.ts";

/** A planned or written change as it is printed. */
export type Change = (PlannedChange | AppliedChange) & {
  readonly already?: readonly MemberThrough[];
  readonly denied?: readonly DeniedGrant[];
  readonly remaining?: readonly MemberThrough[];
};

interface MemberThrough {
  readonly member: string;
  readonly through: readonly Holding[];
}

/** Changes as lines: what each policy gains and loses. */
export function changeLines(changes: readonly Change[]): string[] {
  return changes.flatMap(({ resource, diff }) => [
    ...(diff.length === 0 ? [] : [`${nameOf(resource)}:`]),
    ...diff.map(({ sign, role, member, condition }) => `  ${sign} ${role}  ${member}${conditionText(condition)}`),
  ]);
}

function conditionText(condition: Condition | undefined): string {
  if (!condition) return "";
  return `  if ${condition.expression}${condition.title === undefined ? "" : `  (${condition.title})`}`;
}

/** How many members gain or lose something. */
export function sizeOf(changes: readonly PlannedChange[]): number {
  return changes.reduce((sum, { diff }) => sum + diff.length, 0);
}

/** Changes as JSON: a public contract. */
export function changesJson(changes: readonly Change[], session: Session, dryRun: boolean): object {
  return {
    emulator: session.emulatorUrl !== undefined,
    project: session.project ?? null,
    dryRun,
    changes: diffsJson(changes),
  };
}

/** What each policy gains and loses, as JSON: a public contract. */
export function diffsJson(changes: readonly Change[]): readonly object[] {
  return changes.map((change) => ({
    resource: resourceName(change.resource),
    changed: "changed" in change && change.changed,
    diff: change.diff,
    ...(change.already ? { already: change.already } : {}),
    ...(change.denied && change.denied.length > 0 ? { denied: change.denied } : {}),
    ...(change.remaining ? { remaining: change.remaining } : {}),
  }));
}

/** `roles/owner in the project's policy`. */
export function throughText(through: readonly Holding[]): string {
  return through
    .map(({ role, through: level, resource, by, condition }) => {
      const isOfMany = by === "allUsers" || by === "allAuthenticatedUsers" || by.startsWith("group:");
      const many = isOfMany ? ` for ${by}` : "";
      const isAbove = level === "folder" || level === "organization";
      const where = isAbove ? `the policy of ${resource}` : `the ${level}'s policy`;
      return `${role}${many} in ${where}${condition ? `, if ${condition.expression}` : ""}`;
    })
    .join(" and ");
}

/** `service my-service`. */
export function nameOf(resource: Resource): string {
  const kind = resource.kind === "account" ? "service account" : resource.kind;
  return `${kind} ${shortName(resource)}`;
}
