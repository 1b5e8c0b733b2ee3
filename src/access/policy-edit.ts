import { formatMember, parseMember } from "../google/member.ts";
import type { Binding, Policy } from "../google/policy.ts";

/** One member of one role, without condition: what a grant adds and a revoke takes away. */
export interface PolicyEdit {
  readonly action: "add" | "remove";
  readonly role: string;
  /** In IAM's form. */
  readonly member: string;
}

/**
 * A policy with an edit applied; the same object when there is nothing to change. Bindings under a condition, audit
 * configuration, version and etag stay as they are.
 */
export function applyEdit(policy: Policy, edit: PolicyEdit): Policy {
  return edit.action === "add"
    ? addMember(policy, edit.role, edit.member)
    : removeMember(policy, edit.role, edit.member);
}

/** A policy in which a member has a role, without condition. */
export function addMember(policy: Policy, role: string, member: string): Policy {
  const bindings = policy.bindings ?? [];
  if (bindings.some((binding) => isPlain(binding, role) && holds(binding, member))) return policy;
  const at = bindings.findIndex((binding) => isPlain(binding, role));
  const old = bindings[at];
  if (!old) return { ...policy, bindings: [...bindings, { role, members: [member] }] };
  return { ...policy, bindings: bindings.with(at, { ...old, members: [...old.members, member] }) };
}

/** A policy in which no binding without condition gives a member a role. A binding left without members goes: IAM allows none. */
export function removeMember(policy: Policy, role: string, member: string): Policy {
  const bindings = policy.bindings ?? [];
  if (!bindings.some((binding) => isPlain(binding, role) && holds(binding, member))) return policy;
  const kept = bindings.flatMap((binding) => {
    if (!isPlain(binding, role) || !holds(binding, member)) return [binding];
    const members = binding.members.filter((other) => !isSameMember(other, member));
    return members.length === 0 ? [] : [{ ...binding, members }];
  });
  return { ...policy, bindings: kept };
}

/** Whether two members are one principal: IAM does not tell capitals apart in e-mails and domains. */
export function isSameMember(a: string, b: string): boolean {
  return normalized(a) === normalized(b);
}

function normalized(text: string): string {
  const member = parseMember(text);
  return member ? formatMember(member) : text;
}

function isPlain(binding: Binding, role: string): boolean {
  return binding.role === role && binding.condition === undefined;
}

function holds(binding: Binding, member: string): boolean {
  return binding.members.some((other) => isSameMember(other, member));
}
