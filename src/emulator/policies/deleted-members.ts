import { denyPolicyKind, groupKind, policyKind } from "../state/records.ts";
import type { State } from "../state/state.ts";

/**
 * Gives a deleted account's bindings to nobody, and takes it out of its groups: another one with its e-mail does not inherit
 * them. Source: IAM documentation, "Deleted principals".
 */
export async function markDeleted(state: State, email: string, uniqueId: string): Promise<void> {
  const { member, gone, principal, gonePrincipal } = namesOf(email, uniqueId);
  const writes = rename(state, member, gone, principal, gonePrincipal);
  for (const group of state.store.list(groupKind)) {
    const members = group.members.filter((each) => each.toLowerCase() !== member.toLowerCase());
    if (members.length < group.members.length) {
      writes.push(state.store.put(groupKind, group.email, { ...group, members }));
    }
  }
  await Promise.all(writes);
}

/** Gives an account that came back its bindings: the identifiers revert. Source: the same. */
export async function markRestored(state: State, email: string, uniqueId: string): Promise<void> {
  const { member, gone, principal, gonePrincipal } = namesOf(email, uniqueId);
  await Promise.all(rename(state, gone, member, gonePrincipal, principal));
}

function namesOf(email: string, uniqueId: string): Record<"member" | "gone" | "principal" | "gonePrincipal", string> {
  const member = `serviceAccount:${email}`;
  const principal = `principal://iam.googleapis.com/projects/-/serviceAccounts/${email}`;
  return {
    member,
    gone: `deleted:${member}?uid=${uniqueId}`,
    principal,
    gonePrincipal: `deleted:${principal}?uid=${uniqueId}`,
  };
}

/** All within one turn, so that no half of it is ever kept. */
function rename({ store }: State, from: string, to: string, denyFrom: string, denyTo: string): Promise<unknown>[] {
  const writes: Promise<unknown>[] = [];
  const replace = (members: readonly string[], old: string, by: string): string[] =>
    members.map((member) => (member.toLowerCase() === old.toLowerCase() ? by : member));
  for (const [resource, policy] of store.entries(policyKind)) {
    const isNamed = (member: string): boolean => member.toLowerCase() === from.toLowerCase();
    if (!policy.bindings?.some(({ members }) => members.some(isNamed))) continue;
    const bindings = policy.bindings.map((binding) => ({ ...binding, members: replace(binding.members, from, to) }));
    writes.push(store.put(policyKind, resource, { ...policy, bindings }));
  }
  for (const [resource, policies] of store.entries(denyPolicyKind)) {
    if (!JSON.stringify(policies).toLowerCase().includes(denyFrom.toLowerCase())) continue;
    const renamed = policies.map((policy) => ({
      ...policy,
      rules: (policy.rules ?? []).map(({ denyRule, ...rest }) => ({
        ...rest,
        ...(denyRule
          ? {
              denyRule: {
                ...denyRule,
                deniedPrincipals: replace(denyRule.deniedPrincipals ?? [], denyFrom, denyTo),
                exceptionPrincipals: replace(denyRule.exceptionPrincipals ?? [], denyFrom, denyTo),
              },
            }
          : {}),
      })),
    }));
    writes.push(store.put(denyPolicyKind, resource, renamed));
  }
  return writes;
}
