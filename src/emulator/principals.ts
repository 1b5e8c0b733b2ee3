import type { FederatedPrincipal, Principal } from "../gate/view.ts";
import { principalOf, principalSetsOf } from "../google/identity-pool.ts";
import { providerKind } from "./federation/records.ts";
import type { FederatedIdentity } from "./federation/records.ts";
import { ancestorsOf, numberedName } from "./hierarchy.ts";
import { accountKind, groupKind, organizationKind, userKind } from "./state/records.ts";
import type { AccountRecord, UserRecord } from "./state/records.ts";
import type { Store } from "./state/store.ts";

/** Every principal there is, deleted ones too. */
export function listPrincipals(store: Store): Principal[] {
  return [
    ...store.list(userKind).map((user) => userPrincipal(store, user)),
    ...store.list(accountKind).map((account) => accountPrincipal(store, account)),
  ];
}

/** A user as policies see it: in the customer of its e-mail's domain. */
export function userPrincipal(store: Store, { email, subject, state }: UserRecord): Principal {
  const domain = email.slice(email.lastIndexOf("@") + 1);
  const sets = store
    .list(organizationKind)
    .filter((organization) => organization.domain === domain)
    .map(({ customerId }) => `principalSet://goog/cloudIdentityCustomerId/${customerId}`);
  return { kind: "user", email, subject, state, ...(sets.length > 0 ? { sets } : {}) };
}

/** A service account as policies see it: among those of its project and of all that the project is in. */
export function accountPrincipal(store: Store, { email, project, uniqueId, state }: AccountRecord): Principal {
  const sets = ancestorsOf(store, `projects/${project}`).map(
    (name) => `principalSet://cloudresourcemanager.googleapis.com/${numberedName(store, name)}/type/ServiceAccount`,
  );
  return { kind: "serviceAccount", email, subject: uniqueId, state, sets };
}

/** Somebody of an identity pool as policies see them: not at all where its provider is gone. */
export function findFederatedPrincipal(store: Store, identity: FederatedIdentity): FederatedPrincipal | undefined {
  const provider = store.get(providerKind, identity.provider)?.value;
  if (!provider) return undefined;
  const subject = principalOf(provider.pool, identity.subject);
  const sets = [subject, ...principalSetsOf(provider.pool, identity)];
  return { kind: "federated", subject, state: provider.active ? "active" : "disabled", sets };
}

/** E-mails of the groups that a principal is in, through other groups or not. Groups may hold each other. */
export function findGroups(store: Store, email: string): ReadonlySet<string> {
  const found = new Set<string>();
  const queue = [`user:${email}`, `serviceaccount:${email}`];
  const groups = store.list(groupKind);
  for (let member = queue.pop(); member !== undefined; member = queue.pop()) {
    for (const group of groups) {
      if (found.has(group.email) || !group.members.some((each) => each.toLowerCase() === member)) continue;
      found.add(group.email);
      queue.push(`group:${group.email}`);
    }
  }
  return found;
}
