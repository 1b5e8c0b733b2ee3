import { coversPermission, parseDenyPrincipal, toDenyPermission } from "../google/deny-policy.ts";
import type { DenyRule } from "../google/deny-policy.ts";
import { parseMember } from "../google/member.ts";
import type { Binding } from "../google/policy.ts";
import { createConditionJudge } from "./condition.ts";
import type { ConditionJudge, ConditionState } from "./condition.ts";
import { customRoleUnread, heldBy, mayHold } from "./custom-roles.ts";
import type { CustomRoles } from "./custom-roles.ts";
import { denyPrincipalCovers, memberCovers } from "./covers.ts";
import type { Covers, Subject } from "./covers.ts";
import { reasonOf } from "./levels.ts";
import type { Level, Levels, Unread } from "./levels.ts";
import { resourceName } from "./resource.ts";

/** A binding that gives, or would give, what was asked about. */
export interface Through {
  /** Whose policy: `projects/demo-project`. */
  readonly resource: string;
  readonly binding: Binding;
  /** The member, as the binding has it, that covers who was asked about. */
  readonly member: string;
  /** Of its condition, where it has one. */
  readonly condition?: ConditionState;
}

/** A deny rule that takes what was asked about. */
export interface DeniedBy {
  readonly resource: string;
  /** The deny policy's name. */
  readonly policy: string;
  readonly principal: string;
}

/** Whether somebody has a permission, with what it rests on. Never a guess: what is not known is `unknown`. */
export type Effective =
  /** `unless`: in clauses, deny policies that could not be read and would come before it. */
  (
    | { readonly outcome: "allowed"; readonly through: Through; readonly unless: readonly string[] }
    | { readonly outcome: "denied"; readonly by: DeniedBy }
    /** `missed`: bindings that would give it, but for their conditions. */
    | { readonly outcome: "none"; readonly missed: readonly Through[] }
    /** `because`: in clauses, what would have to be known. */
    | {
        readonly outcome: "unknown";
        readonly because: readonly string[];
        /** Something gives it, but a deny rule may take it. */
        readonly mayBeDenied: boolean;
      }
  ) & {
    /** Who says so, where it was not worked out from the policies here. */
    readonly source?: string;
  };

/** Decides who has what by policies that were read. */
export interface Evaluator {
  /** @param nowMs Milliseconds since the Unix epoch: conditions are judged at that time. */
  decide(subject: Subject, permission: string, nowMs: number): Effective;
  /** The groups, in IAM's form, on whose members an answer may depend. */
  groupsFor(permission: string): readonly string[];
  /** What conditions are judged by; absent where no policy holds one. */
  readonly judge: ConditionJudge | undefined;
}

/**
 * Makes an evaluator of the policies of one resource: deny rules first, then the union of what all levels grant.
 * Source: IAM documentation, "Policy evaluation".
 */
export async function createEvaluator({ levels, unread, roles }: Levels): Promise<Evaluator> {
  const judge = hasConditions(levels) ? await createConditionJudge() : undefined;
  return {
    judge,
    groupsFor: (permission) => groupsIn(levels, roles, permission),
    decide: (subject, permission, nowMs) => {
      const because: string[] = [];
      const denied = findDenial(levels, subject, permission, nowMs, judge, because);
      if (denied) return { outcome: "denied", by: denied };
      const mayBeDenied = because.length > 0;
      const missed: Through[] = [];
      for (const through of findGrants({ levels, roles }, subject, permission, nowMs, judge, because)) {
        const outcome = through.condition?.outcome ?? "holds";
        if (outcome === "holds" && mayBeDenied) return { outcome: "unknown", because, mayBeDenied };
        if (outcome === "holds") {
          const unless = unread.filter(({ hides }) => hides !== "grants").map(unreadClause);
          return { outcome: "allowed", through, unless };
        }
        if (outcome === "unknown") because.push(conditionClause(through));
        else missed.push(through);
      }
      because.push(...unread.filter(({ hides }) => hides !== "denials").map(unreadClause));
      return because.length > 0
        ? { outcome: "unknown", because: [...new Set(because)], mayBeDenied: false }
        : { outcome: "none", missed };
    },
  };
}

function groupsIn(levels: readonly Level[], roles: CustomRoles, permission: string): readonly string[] {
  const asked = toDenyPermission(permission);
  const named = levels.flatMap(({ policy, denyPolicies }) => [
    ...(policy?.bindings ?? [])
      .filter(({ role }) => mayHold(role, permission, roles))
      .flatMap(({ members }) => members.flatMap((text) => groupOf(parseMember(text)))),
    ...denyPolicies
      .flatMap(({ rules = [] }) =>
        rules.flatMap(({ denyRule }) => (denyRule && takes(denyRule, asked) ? [denyRule] : [])),
      )
      .flatMap(({ deniedPrincipals = [], exceptionPrincipals = [] }) => [...deniedPrincipals, ...exceptionPrincipals])
      .flatMap((text) => groupOf(parseDenyPrincipal(text))),
  ]);
  return [...new Set(named)];
}

function groupOf(named: ReturnType<typeof parseMember | typeof parseDenyPrincipal>): string[] {
  return named?.kind === "group" ? [`group:${named.email}`] : [];
}

function hasConditions(levels: readonly Level[]): boolean {
  return levels.some(
    ({ policy, denyPolicies }) =>
      policy?.bindings?.some(({ condition }) => condition) ||
      denyPolicies.some(({ rules = [] }) => rules.some(({ denyRule }) => denyRule?.denialCondition)),
  );
}

/** Every binding that gives the permission and surely covers the subject; the others go into `because`. */
function* findGrants(
  { levels, roles }: Pick<Levels, "levels" | "roles">,
  subject: Subject,
  permission: string,
  nowMs: number,
  judge: ConditionJudge | undefined,
  because: string[],
): Generator<Through> {
  for (const { resource, policy } of levels) {
    for (const binding of policy?.bindings ?? []) {
      const { role, condition } = binding;
      if (!mayHold(role, permission, roles)) continue;
      const { covers, by } = coverage(binding.members, (member) => memberCovers(member, subject));
      if (covers === "no") continue;
      const name = resourceName(resource);
      const state = condition && judge ? judge(condition, nowMs) : undefined;
      const isRoleUnread = heldBy(role, roles) === undefined;
      if (isRoleUnread || covers === "unknown") {
        // What does not hold now gives nothing, whoever it covers.
        if (state?.outcome === "fails" || state?.outcome === "error") continue;
        because.push(
          isRoleUnread
            ? `${role} on ${name} may hold ${permission}: ${customRoleUnread}`
            : `${membershipClause(subject, by)}, who has ${role} on ${name}`,
        );
      } else {
        yield { resource: name, binding, member: by, ...(state ? { condition: state } : {}) };
      }
    }
  }
}

function findDenial(
  levels: readonly Level[],
  subject: Subject,
  permission: string,
  nowMs: number,
  judge: ConditionJudge | undefined,
  because: string[],
): DeniedBy | undefined {
  const asked = toDenyPermission(permission);
  for (const { resource, denyPolicies } of levels) {
    for (const { name, rules = [] } of denyPolicies) {
      for (const { denyRule: rule } of rules) {
        if (!rule || !takes(rule, asked)) continue;
        const { covers, by } = denialCovers(rule, subject);
        if (covers === "no") continue;
        const state = rule.denialCondition && judge?.(rule.denialCondition, nowMs);
        if (state?.outcome === "fails") continue;
        if (covers === "yes" && (!state || state.outcome === "holds")) {
          return { resource: resourceName(resource), policy: name, principal: by };
        }
        because.push(
          covers === "unknown"
            ? `${membershipClause(subject, by)}, whom ${name} denies ${permission}`
            : `whether the condition of ${name} holds is not known: ${state && "why" in state ? state.why : ""}`,
        );
      }
    }
  }
  return undefined;
}

function takes({ deniedPermissions = [], exceptionPermissions = [] }: DenyRule, asked: string): boolean {
  const covers = (pattern: string): boolean => coversPermission(pattern, asked);
  return deniedPermissions.some(covers) && !exceptionPermissions.some(covers);
}

function denialCovers(
  { deniedPrincipals = [], exceptionPrincipals = [] }: DenyRule,
  subject: Subject,
): { readonly covers: Covers; readonly by: string } {
  const denied = coverage(deniedPrincipals, (principal) => denyPrincipalCovers(principal, subject));
  if (denied.covers === "no") return denied;
  const excepted = coverage(exceptionPrincipals, (principal) => denyPrincipalCovers(principal, subject));
  if (excepted.covers === "yes") return { covers: "no", by: excepted.by };
  return excepted.covers === "unknown" ? { covers: "unknown", by: denied.by } : denied;
}

/** The best that a list of principals has to offer. */
function coverage(
  principals: readonly string[],
  judge: (principal: string) => Covers,
): { readonly covers: Covers; readonly by: string } {
  let unknown: string | undefined;
  for (const principal of principals) {
    const covers = judge(principal);
    if (covers === "yes") return { covers, by: principal };
    if (covers === "unknown") unknown ??= principal;
  }
  return unknown === undefined ? { covers: "no", by: "" } : { covers: "unknown", by: unknown };
}

/** That somebody may be in a set of principals, and why it is not known. */
export function membershipClause({ member, doubts }: Subject, set: string): string {
  const doubt = doubts?.get(set.replace(/^principalSet:\/\/goog\/group\//, "group:").toLowerCase());
  return `${member} may be in ${set}${doubt === undefined ? "" : ` (${doubt})`}`;
}

function unreadClause(unread: Unread): string {
  return `${unread.what} could not be read: ${reasonOf(unread)}`;
}

function conditionClause({ binding, resource, condition }: Through): string {
  const why = condition && "why" in condition ? condition.why : "";
  return `whether the condition of ${binding.role} on ${resource} holds is not known: ${why}`;
}
