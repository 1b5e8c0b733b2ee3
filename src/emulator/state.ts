import { createHash, randomBytes } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import type { GateOptions } from "../gate/gate.ts";
import { formatServiceAccountName, serviceAccountEmail } from "../google/iam.ts";
import { gcloudClientId } from "../google/oauth.ts";
import type { Binding } from "../google/policy.ts";
import { formatServiceName } from "../google/run-name.ts";
import { addCustomRoles } from "./custom-roles.ts";
import { listProviders } from "./federation/pools.ts";
import { providerKind, workforceGrantKind } from "./federation/records.ts";
import { createSigningKeys } from "./keys.ts";
import type { SigningKeys } from "./keys.ts";
import {
  accountKind,
  grantKind,
  groupKind,
  policyKind,
  projectKind,
  signingKeyKind,
  userKind,
  worldKind,
} from "./records.ts";
import type { AccountRecord, ProjectRecord, UserRecord } from "./records.ts";
import { defaultServiceAccount } from "./run/default-account.ts";
import { addWorldService } from "./run/world-service.ts";
import { createStore } from "./store.ts";
import { addResourceTags } from "./resource-tags.ts";
import { addHierarchy } from "./world-hierarchy.ts";
import type { Store } from "./store.ts";
import { createLateStore } from "./trouble/late-store.ts";
import { createChance } from "./trouble/rough.ts";
import type { Chance } from "./trouble/rough.ts";
import { checkWorld } from "./world-check.ts";
import { addOAuthClients } from "./world-oauth-clients.ts";
import { addTrouble } from "./world-trouble.ts";
import type { World } from "./world.ts";

/** Everything that an emulator knows at a moment: one store, and the time. */
export interface State {
  readonly store: Store;
  /** The store as those see it who decide: changed policies reach them later. */
  readonly seen: Store;
  readonly chance: Chance;
  readonly clock: Clock;
  /** The world's switches for what Google does not publish. */
  readonly facts: GateOptions;
  readonly keys: SigningKeys;
  /** A project by its id or number. */
  findProject(idOrNumber: string): ProjectRecord | undefined;
  /** A user by e-mail. */
  findUser(email: string): UserRecord | undefined;
  /** A service account by e-mail or unique id; of several that had an e-mail, the one that has it now. */
  findAccount(emailOrId: string): AccountRecord | undefined;
  /** The refresh token that a user has given an OAuth client at the start: a login that has happened already. */
  refreshTokenFor(email: string, clientId: string): Promise<string>;
}

/**
 * What a store holds; one that is new is filled with the world first.
 *
 * @throws {RunpassError} `invalid_argument` when the world does not hold together.
 */
export function createState(world: World, clock: Clock, base: Store = createStore()): State {
  if (!base.get(worldKind, "world")) fillStore(base, world, clock.nowMs());
  const chance = createChance(base);
  const { store, seen } = createLateStore(base, clock, chance.propagationMs);
  const findUser = (email: string): UserRecord | undefined => store.get(userKind, email.toLowerCase())?.value;
  return {
    store,
    seen,
    chance,
    clock,
    keys: createSigningKeys(store, clock),
    get facts() {
      return store.get(worldKind, "world")?.value.facts ?? noSwitches;
    },
    findUser,
    findProject: (idOrNumber) =>
      store.get(projectKind, idOrNumber)?.value ?? store.list(projectKind).find(({ number }) => number === idOrNumber),
    findAccount: (emailOrId) => {
      const byId = store.get(accountKind, emailOrId);
      if (byId) return byId.value;
      const email = emailOrId.toLowerCase();
      const accounts = store.list(accountKind).filter((account) => account.email === email);
      return accounts.find(({ state }) => state !== "deleted") ?? accounts.at(-1);
    },
    refreshTokenFor: async (email, clientId) => {
      const subject = findUser(email)?.subject;
      if (subject === undefined) throw new TypeError(`the world has no user ${email}`);
      const known = store
        .entries(grantKind)
        .find(([, grant]) => grant.subject === subject && grant.clientId === clientId);
      if (known) return known[0];
      const token = newRefreshToken();
      await store.put(grantKind, token, { subject, clientId, scopes: loginScopes(clientId) });
      return token;
    },
  };
}

const noSwitches: GateOptions = {};

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

/** A refresh token that nobody has yet. */
export function newRefreshToken(): string {
  return `1//emulator-${randomBytes(32).toString("base64url")}`;
}

function fillStore(store: Store, world: World, nowMs: number): void {
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

/** What gcloud asks for when it logs a user in, and what it asks for application-default credentials. Source: gcloud, `core/config.py`. */
function loginScopes(clientId: string): readonly string[] {
  const names = ["userinfo.email", "cloud-platform", "sqlservice.login"];
  const more = clientId === gcloudClientId ? ["appengine.admin", "compute"] : [];
  return ["openid", ...[...names, ...more].map((name) => `https://www.googleapis.com/auth/${name}`)];
}

/** 21 digits that are the same for the same name, as Google's ids are for the same account. */
function stableId(name: string): string {
  const digest = createHash("sha256").update(name).digest("hex");
  return `1${BigInt(`0x${digest}`).toString().slice(0, 20)}`;
}
