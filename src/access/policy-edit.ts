import { formatMember, parseMember } from "../google/member.ts";
import { isSameBinding } from "../google/policy.ts";
import type { Binding, Condition, Policy } from "../google/policy.ts";

/** One member of one binding: what a grant adds and a revoke takes away. */
export interface PolicyEdit {
  readonly action: "add" | "remove";
  readonly role: string;
  /** In IAM's form. */
  readonly member: string;
  /** The binding's condition. Absent: the binding without one is meant, and no other. */
  readonly condition?: Condition | undefined;
}

/**
 * A policy with an edit applied; the same object when there is nothing to change. All other bindings, audit configuration and
 * etag stay as they are.
 */
export function applyEdit(policy: Policy, edit: PolicyEdit): Policy {
  return edit.action === "add" ? addMember(policy, edit) : removeMember(policy, edit);
}

/** A policy in which a member is in a binding. With a condition its version is 3, the only one that holds any. */
export function addMember(policy: Policy, { role, member, condition }: Omit<PolicyEdit, "action">): Policy {
  const like = bindingLike(role, condition);
  const bindings = policy.bindings ?? [];
  if (bindings.some((binding) => isSameBinding(binding, like) && holds(binding, member))) return policy;
  const at = bindings.findIndex((binding) => isSameBinding(binding, like));
  const old = bindings[at];
  return {
    ...policy,
    ...(condition === undefined ? {} : { version: 3 }),
    bindings: old
      ? bindings.with(at, { ...old, members: [...old.members, member] })
      : [...bindings, { ...like, members: [member] }],
  };
}

/** A policy in which a member is in no such binding. A binding left without members goes: IAM allows none. */
export function removeMember(policy: Policy, { role, member, condition }: Omit<PolicyEdit, "action">): Policy {
  const like = bindingLike(role, condition);
  const bindings = policy.bindings ?? [];
  const isMeant = (binding: Binding): boolean => isSameBinding(binding, like) && holds(binding, member);
  if (!bindings.some(isMeant)) return policy;
  const kept = bindings.flatMap((binding) => {
    if (!isMeant(binding)) return [binding];
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

function bindingLike(role: string, condition: Condition | undefined): Omit<Binding, "members"> {
  return condition === undefined ? { role } : { role, condition };
}

function holds(binding: Binding, member: string): boolean {
  return binding.members.some((other) => isSameMember(other, member));
}
