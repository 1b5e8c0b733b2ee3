import { createHash } from "node:crypto";
import { formatServiceAccountName, serviceAccountEmail } from "../../google/iam.ts";
import type { Binding } from "../../google/policy.ts";
import { formatServiceName } from "../../google/run-name.ts";
import { addCustomRoles } from "../policies/custom-roles.ts";
import { listProviders } from "../federation/pools.ts";
import { providerKind, workforceGrantKind } from "../federation/records.ts";
import { grantKind } from "./oauth-records.ts";
import { accountKind, groupKind, policyKind, signingKeyKind, userKind, worldKind } from "./records.ts";
import { addResourceTags } from "../resource-tags.ts";
import { defaultServiceAccount } from "../run/default-account.ts";
import { addWorldService } from "../run/world-service.ts";
import type { Store } from "./store.ts";
import { addTrouble } from "../trouble/add-trouble.ts";
import { checkWorld } from "../world/world-check.ts";
import { addHierarchy } from "../world/world-hierarchy.ts";
import { addOAuthClients } from "../world/world-oauth-clients.ts";
import type { World } from "../world/world.ts";

/**
 * Puts a world into a store that is empty.
 *
 * @throws {RunpassError} `invalid_argument` when the world does not hold together.
 */
export function fillStore(store: Store, world: World, nowMs: number): void {
  checkWorld(world);
  void store.put(worldKind, "world", world);
  addTrouble(store, world.trouble);
  const bind = (resource: string, bindings: readonly Binding[] | undefined): void => {
    if (bindings?.length) void store.put(policyKind, resource, { version: 1, bindings });
  };
  addHierarchy(store, world, nowMs);
  addCustomRoles(store, world);
  for (const { id, number } of world.projects) {
    const email = defaultServiceAccount(number);
    const uniqueId = stableId(`serviceAccount:${email}`);
    const displayName = "Default compute service account";
    void store.put(accountKind, uniqueId, { email, project: id, uniqueId, state: "active", displayName });
  }
  for (const { email, state = "active", reauth } of world.users) {
    const key = email.toLowerCase();
    const subject = stableId(`user:${key}`);
    void store.put(userKind, key, { email: key, subject, state, ...(reauth === undefined ? {} : { reauth }) });
  }
  for (const { email, members } of world.groups ?? []) {
    void store.put(groupKind, email.toLowerCase(), { email: email.toLowerCase(), members });
  }
  for (const { id, project, state = "active", bindings } of world.serviceAccounts) {
    const email = serviceAccountEmail(id, project);
    const uniqueId = stableId(`serviceAccount:${email}`);
    void store.put(accountKind, uniqueId, { email, project, uniqueId, state, displayName: id });
    bind(formatServiceAccountName(email, project), bindings);
  }
  addOAuthClients(store, world);
  for (const provider of listProviders(world)) void store.put(providerKind, provider.name, provider);
  for (const service of world.services) {
    const number = world.projects.find(({ id }) => id === service.project)?.number ?? "";
    addWorldService(store, service, number, nowMs);
    const name = formatServiceName({ ...service, service: service.name });
    bind(name, service.bindings);
    addResourceTags(store, name, service.resourceTags, nowMs);
  }
}

/** Logins outlive a reset, so that a shell which was given refresh tokens goes on with them, and so do the keys that sign. */
const lasting: ReadonlySet<string> = new Set([grantKind.name, workforceGrantKind.name, signingKeyKind.name]);

/**
 * Puts a world in the place of what a store holds, whole or not at all.
 *
 * @throws {RunpassError} `invalid_argument` when the world does not hold together; then nothing has changed.
 */
export function resetStore(store: Store, world: World, nowMs: number): Promise<void> {
  checkWorld(world);
  for (const { kind, key } of store.all()) if (!lasting.has(kind)) void store.delete({ name: kind }, key);
  fillStore(store, world, nowMs);
  return store.settled();
}

/** 21 digits that are the same for the same name, as Google's ids are for the same account. */
function stableId(name: string): string {
  const digest = createHash("sha256").update(name).digest("hex");
  return `1${BigInt(`0x${digest}`).toString().slice(0, 20)}`;
}
