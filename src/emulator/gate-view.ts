import type { GateService, GateView } from "../gate/view.ts";
import { formatServiceName } from "../google/run-name.ts";
import { hierarchyKinds, policyLevels } from "./hierarchy.ts";
import { findGroups, listPrincipals } from "./principals.ts";
import { accountKind, groupKind, organizationKind, projectKind, signingKeyKind, userKind } from "./state/records.ts";
import { serviceKind } from "./run/records.ts";
import type { ServiceRecord } from "./run/records.ts";
import { tagsOf } from "./run/traffic.ts";
import type { State } from "./state/state.ts";

/** What the gate may see of a state. What is looked up on every request is indexed until it changes. */
export function createGateView({ seen: store, keys }: State): GateView {
  const hosts = indexed(
    () => store.revision(serviceKind),
    () => new Map(store.list(serviceKind).flatMap(hostsOf)),
  );
  const principals = indexed(
    () => store.revision(userKind, accountKind, organizationKind, projectKind),
    () => new Map(listPrincipals(store).map((principal) => [principal.subject, principal])),
  );
  const groups = indexed(
    () => store.revision(groupKind),
    () => new Map<string, ReadonlySet<string>>(),
  );
  return {
    get revision() {
      return store.revision(serviceKind, userKind, accountKind, groupKind, signingKeyKind, ...hierarchyKinds);
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

/** Each host of a service, those of its tags too, with what the gate knows of it. */
function hostsOf(service: ServiceRecord): (readonly [string, GateService])[] {
  const { urls, customAudiences, ingress, invokerIamDisabled, defaultUriDisabled } = service;
  const name = formatServiceName(service);
  const known: GateService = { name, urls, customAudiences, ingress, invokerIamDisabled, defaultUriDisabled };
  const hosts = urls.map((url) => new URL(url).host);
  const tagged = tagsOf(service).flatMap((tag) => hosts.map((host) => `${tag}---${host}`));
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
