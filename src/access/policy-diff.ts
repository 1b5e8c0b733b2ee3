import type { Binding, Condition, Policy } from "../google/policy.ts";
import { isSameBinding } from "../google/policy.ts";
import { isSameMember } from "./policy-edit.ts";

/** One member that a role gained or lost. */
export interface PolicyDifference {
  readonly sign: "+" | "-";
  readonly role: string;
  readonly member: string;
  readonly condition?: Condition;
}

/** Who gained and who lost what between two policies; losses first, else in the order of the policies. */
export function diffPolicies(before: Policy, after: Policy): PolicyDifference[] {
  return [...missing("-", before, after), ...missing("+", after, before)];
}

/** The members of `policy`'s bindings that `other` has not in the same binding. */
function missing(sign: "+" | "-", policy: Policy, other: Policy): PolicyDifference[] {
  const result: PolicyDifference[] = [];
  for (const binding of policy.bindings ?? []) {
    const { role, members, condition } = binding;
    for (const member of members) {
      if (hasMember(other.bindings ?? [], binding, member)) continue;
      result.push({ sign, role, member, ...(condition === undefined ? {} : { condition }) });
    }
  }
  return result;
}

function hasMember(bindings: readonly Binding[], like: Binding, member: string): boolean {
  return bindings.some(
    (binding) => isSameBinding(binding, like) && binding.members.some((m) => isSameMember(m, member)),
  );
}
