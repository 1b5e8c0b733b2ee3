import type { GateService, GateView, PolicyLevel, Principal } from "../gate/view.ts";
import { formatServiceName } from "../google/run-name.ts";
import { accountKind, groupKind, policyKind, serviceKind, signingKeyKind, userKind } from "./records.ts";
import type { ServiceRecord } from "./records.ts";
import type { State } from "./state.ts";
import type { Store } from "./store.ts";

/** What the gate may see of a state. What is looked up on every request is indexed until it changes. */
export function createGateView({ store, keys }: State): GateView {
  const hosts = indexed(
    () => store.revision(serviceKind),
    () => new Map(store.list(serviceKind).flatMap(hostsOf)),
  );
  const principals = indexed(
    () => store.revision(userKind, accountKind),
    () => new Map(listPrincipals(store).map((principal) => [principal.subject, principal])),
  );
  const groups = indexed(
    () => store.revision(groupKind),
    () => new Map<string, ReadonlySet<string>>(),
  );
  return {
    get revision() {
      return store.revision(serviceKind, userKind, accountKind, groupKind, policyKind, signingKeyKind);
    },
    serviceByHost: (host) => hosts().get(host),
    verificationKey: (kid) => keys.verificationKey(kid),
    principalBySubject: (subject) => principals().get(subject),
    policiesOf: (resource) => policyLevels(store, resource),
    groupsOf: (email) => {
      const known = groups();
      let found = known.get(email);
      if (!found) known.set(email, (found = findGroups(store, email)));
      return found;
    },
  };
}

/** The allow policies that hold for a resource: its own, then its project's. */
export function policyLevels(store: Store, resource: string): readonly PolicyLevel[] {
  const project = /^projects\/[^/]+/.exec(resource)?.[0];
  const resources = project === undefined || project === resource ? [resource] : [resource, project];
  return resources.map((name) => ({ resource: name, policy: store.get(policyKind, name)?.value ?? {} }));
}

/** The groups that a principal is in, through other groups or not. */
export function findGroups(store: Store, email: string): ReadonlySet<string> {
  const found = new Set<string>();
  const queue = [`user:${email}`, `serviceAccount:${email}`];
  const groups = store.list(groupKind);
  for (let member = queue.pop(); member !== undefined; member = queue.pop()) {
    for (const group of groups) {
      if (found.has(group.email) || !group.members.some((each) => each.toLowerCase() === member?.toLowerCase()))
        continue;
      found.add(group.email);
      queue.push(`group:${group.email}`);
    }
  }
  return found;
}

/** Every principal there is, deleted ones too. */
function listPrincipals(store: Store): Principal[] {
  return [
    ...store.list(userKind).map(({ email, subject, state }) => ({ kind: "user" as const, email, subject, state })),
    ...store.list(accountKind).map(({ email, uniqueId, state }) => ({
      kind: "serviceAccount" as const,
      email,
      subject: uniqueId,
      state,
    })),
  ];
}

/** Each host of a service, those of its tags too, with what the gate knows of it. */
function hostsOf(service: ServiceRecord): (readonly [string, GateService])[] {
  const { urls, customAudiences, ingress, invokerIamDisabled, defaultUriDisabled } = service;
  const name = formatServiceName(service);
  const known: GateService = { name, urls, customAudiences, ingress, invokerIamDisabled, defaultUriDisabled };
  const hosts = urls.map((url) => new URL(url).host);
  const tagged = service.tags.flatMap((tag) => hosts.map((host) => `${tag}---${host}`));
  return [...hosts, ...tagged].map((host) => [host, known] as const);
}

/** A value that is worked out again when its revision has changed. */
function indexed<T>(revisionNow: () => number, build: () => T): () => T {
  let built: { readonly revision: number; readonly value: T } | undefined;
  return () => {
    const revision = revisionNow();
    if (built?.revision !== revision) built = { revision, value: build() };
    return built.value;
  };
}
