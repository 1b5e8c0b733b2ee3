import { memberNames } from "../../gate/allow.ts";
import { evaluateCondition } from "../../gate/condition.ts";
import { findDenials } from "../../gate/deny.ts";
import type { PolicyLevel, Principal, ResourceTag } from "../../gate/view.ts";
import { ownerOfRole } from "../../google/custom-role.ts";
import { parseDenyPrincipal, toDenyPermission } from "../../google/deny-policy.ts";
import type { DenyPolicy, DenyRule } from "../../google/deny-policy.ts";
import { formatMember, parseMember } from "../../google/member.ts";
import type { Binding, Condition } from "../../google/policy.ts";
import { formatFullResourceName } from "../../google/policy-troubleshooter.ts";
import type {
  AllowAccessState,
  BindingExplanation,
  DenyAccessState,
  ExplainedAllowPolicy,
  ExplainedDenyPolicy,
  ExplainedDenyResource,
  MembershipState,
  UnknownState,
} from "../../google/policy-troubleshooter.ts";
import { permissionsOf } from "../../google/roles.ts";

/** Whether something is so, as far as whoever asks may know it. */
export type Certainty = "yes" | "no" | UnknownState;

/** Who is to have what, and what whoever asks about it may look into. */
export interface Asked {
  readonly principal: Principal;
  /** E-mails of the groups that it is in. */
  readonly groups: ReadonlySet<string>;
  readonly permission: string;
  readonly tags: readonly ResourceTag[];
  /** Of the request that is asked about, in milliseconds since the Unix epoch. */
  readonly nowMs: number | undefined;
  readonly mayRead: (permission: string, resource: string) => boolean;
  readonly seesGroup: (email: string) => boolean;
}

interface Explained<T> {
  readonly certainty: Certainty;
  readonly explained: T;
}

/** What several say together, each of which suffices. */
export function allOf(parts: readonly Certainty[]): Certainty {
  return (["yes", "UNKNOWN_INFO", "UNKNOWN_CONDITIONAL"] as const).find((each) => parts.includes(each)) ?? "no";
}

/** What must all be so. */
function both(...parts: readonly Certainty[]): Certainty {
  return (["no", "UNKNOWN_INFO", "UNKNOWN_CONDITIONAL"] as const).find((each) => parts.includes(each)) ?? "yes";
}

/** What one resource's allow policy says. */
export function explainAllow(level: PolicyLevel, asked: Asked): Explained<ExplainedAllowPolicy> {
  if (!asked.mayRead(readPermission(level.resource), level.resource)) {
    return { certainty: "UNKNOWN_INFO", explained: { allowAccessState: "ALLOW_ACCESS_STATE_UNKNOWN_INFO" } };
  }
  const bindings = (level.policy.bindings ?? []).map((binding) => explainBinding(binding, level, asked));
  const certainty = allOf(bindings.map((each) => each.certainty));
  return {
    certainty,
    explained: {
      allowAccessState: allowState(certainty),
      fullResourceName: formatFullResourceName(level.resource),
      bindingExplanations: bindings.map(({ explained }) => explained),
    },
  };
}

function explainBinding(binding: Binding, level: PolicyLevel, asked: Asked): Explained<BindingExplanation> {
  const { role, members, condition } = binding;
  const owner = ownerOfRole(role);
  const held = level.customRoles?.get(role) ?? permissionsOf(role);
  const isHidden = owner !== undefined && !asked.mayRead("iam.roles.get", owner);
  const holds: Certainty = isHidden ? "UNKNOWN_INFO" : held.has(asked.permission) ? "yes" : "no";
  const memberships = members.map((member) => [member, membershipIn(member, asked)] as const);
  const certainty = both(holds, allOf(memberships.map(([, is]) => is)), conditionHolds(condition, asked));
  return {
    certainty,
    explained: {
      allowAccessState: allowState(certainty),
      role,
      rolePermission: `ROLE_PERMISSION_${holds === "yes" ? "INCLUDED" : holds === "no" ? "NOT_INCLUDED" : "UNKNOWN_INFO"}`,
      memberships: Object.fromEntries(memberships.map(([member, is]) => [member, { membership: membershipState(is) }])),
      ...(condition ? { condition } : {}),
    },
  };
}

function membershipIn(text: string, { principal, groups, seesGroup }: Asked): Certainty {
  const member = parseMember(text);
  if (!member) return "no";
  if (member.kind === "group" && !seesGroup(member.email)) return "UNKNOWN_INFO";
  return memberNames(principal, groups).includes(formatMember(member)) ? "yes" : "no";
}

/** What one resource's deny policies say. */
export function explainDenials(level: PolicyLevel, asked: Asked): Explained<ExplainedDenyResource> {
  const mayRead = ["iam.denypolicies.list", "iam.denypolicies.get"].every((each) =>
    asked.mayRead(each, level.resource),
  );
  if (!mayRead) return { certainty: "UNKNOWN_INFO", explained: { denyAccessState: "DENY_ACCESS_STATE_UNKNOWN_INFO" } };
  const policies = (level.denyPolicies ?? []).map((policy) => explainDenyPolicy(policy, level, asked));
  const certainty = allOf(policies.map((each) => each.certainty));
  return {
    certainty,
    explained: {
      denyAccessState: denyState(certainty),
      fullResourceName: formatFullResourceName(level.resource),
      explainedPolicies: policies.map(({ explained }) => explained),
    },
  };
}

function explainDenyPolicy(policy: DenyPolicy, level: PolicyLevel, asked: Asked): Explained<ExplainedDenyPolicy> {
  const rules = (policy.rules ?? []).flatMap(({ denyRule }) => (denyRule ? [denyRule] : []));
  const states = rules.map((rule) => ruleDenies(rule, policy, level, asked));
  const certainty = allOf(states);
  return {
    certainty,
    explained: {
      denyAccessState: denyState(certainty),
      policy,
      ruleExplanations: rules.map((rule, index) => ({
        denyAccessState: denyState(states[index] ?? "no"),
        deniedPrincipals: Object.fromEntries(
          (rule.deniedPrincipals ?? []).map((principal) => [
            principal,
            { membership: membershipState(isDenied(principal, policy, level, asked)) },
          ]),
        ),
      })),
    },
  };
}

const everyone = "principalSet://goog/public:all";

/** Judged twice, with hidden groups as they would harm least and most: what comes of both is certain. */
function ruleDenies(rule: DenyRule, policy: DenyPolicy, level: PolicyLevel, asked: Asked): Certainty {
  const { deniedPrincipals = [], exceptionPrincipals = [], denialCondition } = rule;
  const seen = (principal: string): boolean => !isHiddenGroup(principal, asked);
  const orEveryone = (principal: string): string => (seen(principal) ? principal : everyone);
  const applies = (denied: readonly string[], excepted: readonly string[]): boolean => {
    const changed: DenyRule = { ...rule, deniedPrincipals: denied, exceptionPrincipals: excepted };
    const levels = [{ ...level, denyPolicies: [{ ...policy, rules: [{ denyRule: changed }] }] }];
    return findDenials(levels, asked.principal, asked.groups, asked.permission).length > 0;
  };
  const atLeast = applies(deniedPrincipals.filter(seen), exceptionPrincipals.map(orEveryone));
  const atMost = applies(deniedPrincipals.map(orEveryone), exceptionPrincipals.filter(seen));
  return both(atLeast ? "yes" : atMost ? "UNKNOWN_INFO" : "no", conditionHolds(denialCondition, asked));
}

function isDenied(principal: string, policy: DenyPolicy, level: PolicyLevel, asked: Asked): Certainty {
  const deniedPermissions = [toDenyPermission(asked.permission)];
  return ruleDenies({ deniedPrincipals: [principal], deniedPermissions }, policy, level, asked);
}

function isHiddenGroup(principal: string, { seesGroup }: Asked): boolean {
  const parsed = parseDenyPrincipal(principal);
  return parsed?.kind === "group" && !seesGroup(parsed.email);
}

/** Without the time of the request nothing is told of what asks for it; nor of what asks for attributes that were not given. */
function conditionHolds(condition: Condition | undefined, { nowMs, tags }: Asked): Certainty {
  if (!condition) return "yes";
  if (nowMs === undefined && condition.expression.includes("request.time")) return "UNKNOWN_CONDITIONAL";
  const { outcome } = evaluateCondition(condition.expression, { nowMs: nowMs ?? 0, tags });
  return outcome === "holds" ? "yes" : outcome === "fails" ? "no" : "UNKNOWN_CONDITIONAL";
}

function readPermission(resource: string): string {
  const [collection = "", , kind] = resource.split("/");
  if (kind === undefined) return `resourcemanager.${collection}.getIamPolicy`;
  return kind === "serviceAccounts" ? "iam.serviceAccounts.getIamPolicy" : "run.services.getIamPolicy";
}

export function allowState(certainty: Certainty): AllowAccessState {
  return `ALLOW_ACCESS_STATE_${certainty === "yes" ? "GRANTED" : certainty === "no" ? "NOT_GRANTED" : certainty}`;
}

export function denyState(certainty: Certainty): DenyAccessState {
  return `DENY_ACCESS_STATE_${certainty === "yes" ? "DENIED" : certainty === "no" ? "NOT_DENIED" : certainty}`;
}

function membershipState(certainty: Certainty): MembershipState {
  return certainty === "yes"
    ? "MEMBERSHIP_MATCHED"
    : certainty === "no"
      ? "MEMBERSHIP_NOT_MATCHED"
      : "MEMBERSHIP_UNKNOWN_INFO";
}
