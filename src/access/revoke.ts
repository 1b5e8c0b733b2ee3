import type { Context } from "../core/context.ts";
import type { Policy } from "../google/policy.ts";
import { planChange, planOn } from "./change.ts";
import type { PlannedChange } from "./change.ts";
import { expiryOf } from "./condition.ts";
import type { Subject } from "./covers.ts";
import { heldBy } from "./custom-roles.ts";
import type { CustomRoles } from "./custom-roles.ts";
import { membershipClause } from "./effective.ts";
import { isPlainExpiry } from "./expiry.ts";
import type { GrantRequest } from "./grant-request.ts";
import { createGroupReader } from "./groups.ts";
import { holdingsOf } from "./holding.ts";
import type { Holding } from "./holding.ts";
import { readLevels } from "./levels.ts";
import type { Level } from "./levels.ts";
import { isSameMember } from "./policy-edit.ts";
import type { PolicyEdit } from "./policy-edit.ts";
import { projectOf, resourceName } from "./resource.ts";
import type { Resource } from "./resource.ts";

/** What a member keeps although a role was taken away. */
export interface Remaining {
  readonly member: string;
  /** Bindings on any level that still give what the role gave: other roles, other conditions, everybody. */
  readonly through: readonly Holding[];
  /** Where nothing surely does: clauses on the groups that may, of whose members nothing is known. */
  readonly perhaps: readonly string[];
}

/** What a revoke would do. */
export interface PlannedRevoke extends PlannedChange {
  readonly remaining: readonly Remaining[];
}

/** Which ended bindings to clear away. */
export interface CleanupRequest {
  readonly resource: Resource;
  /** Default: any. */
  readonly role?: string | undefined;
  /** In IAM's form. Default: anybody. */
  readonly members?: readonly string[] | undefined;
}

/**
 * Works out a revoke without writing anything: the members leave what a grant puts them into, the role's binding without
 * condition and those that merely end at some time. Other roles and conditions stay; those that still let a member in are told, by groups
 * too, as far as one may look into those.
 *
 * @throws {RunpassError} `permission_denied` or `not_found` when the policy cannot be read.
 */
export async function planRevoke(context: Context, request: GrantRequest, accessToken: string): Promise<PlannedRevoke> {
  const { resource, role, members } = request;
  const { levels, roles } = await readLevels(context, resource, accessToken);
  // Asked once more where it was refused, for Google's own words.
  const before = levels[0]?.policy ?? (await planChange(context, resource, [], accessToken)).before;
  const edits = members.flatMap((member): PolicyEdit[] => [
    { action: "remove", role, member },
    ...conditionalEdits(before, (edit) => edit.role === role && isSameMember(edit.member, member) && isPlain(edit)),
  ]);
  const planned = planOn(before, resource, edits);
  const nowMs = context.clock.nowMs();
  const left = [{ resource, policy: planned.after, denyPolicies: [] }, ...levels.slice(1)].map(
    ({ policy, ...level }) => ({
      ...level,
      policy: {
        bindings: (policy?.bindings ?? []).filter(
          (each) => !hasEnded(each, nowMs) && givesSome(each.role, role, roles),
        ),
      },
    }),
  );
  const readGroups = createGroupReader(context, accessToken, projectOf(resource));
  const remaining = await Promise.all(
    members.map(async (member) => {
      const subject = await readGroups(member, groupsIn(left));
      const through = holdingsOf(subject, left);
      return { member, through, perhaps: through.length === 0 ? doubtsOf(subject, left) : [] };
    }),
  );
  return { ...planned, remaining: remaining.filter(({ through, perhaps }) => through.length + perhaps.length > 0) };
}

/**
 * Works out a cleanup without writing anything: bindings whose time is over, which count for nothing, go.
 *
 * @throws {RunpassError} `permission_denied` or `not_found` when the policy cannot be read.
 */
export async function planCleanup(
  context: Context,
  { resource, role, members }: CleanupRequest,
  accessToken: string,
): Promise<PlannedRevoke> {
  const { before } = await planChange(context, resource, [], accessToken);
  const nowMs = context.clock.nowMs();
  const edits = conditionalEdits(
    before,
    (edit) =>
      hasEnded(edit, nowMs) &&
      (role === undefined || edit.role === role) &&
      (members === undefined || members.some((member) => isSameMember(edit.member, member))),
  );
  return { ...planOn(before, resource, edits), remaining: [] };
}

/** Removals of members of conditional bindings, as far as they are wanted. */
function conditionalEdits({ bindings = [] }: Policy, isWanted: (edit: PolicyEdit) => boolean): PolicyEdit[] {
  return bindings
    .filter(({ condition }) => condition !== undefined)
    .flatMap(({ role, members, condition }) =>
      members.map((member): PolicyEdit => ({ action: "remove", role, member, condition })),
    )
    .filter(isWanted);
}

function isPlain({ condition }: PolicyEdit): boolean {
  return condition !== undefined && isPlainExpiry(condition);
}

function hasEnded({ condition }: Pick<PolicyEdit, "condition">, nowMs: number): boolean {
  const endsAtMs = condition && expiryOf(condition);
  return endsAtMs !== undefined && endsAtMs <= nowMs;
}

function groupsIn(levels: readonly Level[]): readonly string[] {
  const members = levels.flatMap(({ policy }) => policy?.bindings?.flatMap((binding) => binding.members) ?? []);
  return [...new Set(members.filter((member) => member.startsWith("group:")))];
}

function doubtsOf(subject: Subject, levels: readonly Level[]): readonly string[] {
  return levels.flatMap(({ resource, policy }) =>
    (policy?.bindings ?? []).flatMap(({ role, members }) =>
      members
        .filter((member) => subject.doubts?.has(member))
        .map((group) => `${membershipClause(subject, group)}, who has ${role} on ${resourceName(resource)}`),
    ),
  );
}

function givesSome(role: string, of: string, roles: CustomRoles): boolean {
  if (role === of) return true;
  const held = heldBy(role, roles);
  return [...(heldBy(of, roles) ?? [])].some((permission) => held?.has(permission));
}
