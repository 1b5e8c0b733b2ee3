import { isDeepStrictEqual } from "node:util";
import { formatServiceAccountName, serviceAccountEmail } from "../../google/iam.ts";
import type { Binding } from "../../google/policy.ts";
import { formatServiceName } from "../../google/run-name.ts";
import * as federation from "../federation/records.ts";
import * as oauth from "./oauth-records.ts";
import * as records from "./records.ts";
import { policyKind, worldKind } from "./records.ts";
import * as run from "../run/records.ts";
import { resetStore } from "./fill-store.ts";
import { createStore } from "./store.ts";
import type { Kind, Store } from "./store.ts";
import { parseWorldFile } from "../world/world-file.ts";
import type { KeptRecords } from "../world/world-document.ts";
import { defaultWorld } from "../world/world.ts";
import type { World } from "../world/world.ts";

/** Kinds that an export leaves out unless asked for. */
const secretKinds: ReadonlySet<string> = new Set(
  Object.values({ ...records, ...oauth, ...federation, ...run } as Record<string, unknown>)
    .filter((value): value is Kind<unknown> => typeof value === "object" && value !== null && "name" in value)
    .flatMap(({ name, secret }) => (secret ? [name] : [])),
);

/**
 * Writes all that a store holds as YAML: the world that it began with and the bindings of today, then in what the state
 * differs from what such a world begins with. So nothing that is kept is ever missing.
 *
 * @param withSecrets Whether keys, tokens and client secrets come along.
 */
export async function exportState(store: Store, nowMs: number, withSecrets: boolean): Promise<string> {
  const { stringify } = await import("yaml");
  const world = describeWorld(store, withSecrets);
  const { state, secrets } = await describeState(store, world, nowMs);
  const write = (part: object): string => stringify(part, { lineWidth: 0, aliasDuplicateObjects: false });
  const leftOut = Object.entries(secrets).map(([kind, entries]) => `${Object.keys(entries).length} ${kind}`);
  return [
    `# The state of a runpass emulator, ${new Date(nowMs).toISOString()}. To bring it back: runpass emulator import FILE\n`,
    write({ emulator: world }),
    Object.keys(state).length > 0 ? `# What has changed since a world like this began:\n${write({ state })}` : "",
    leftOut.length === 0
      ? ""
      : withSecrets
        ? `# SECRET: with this anybody can be somebody else in this emulator's world.\n${write({ secrets })}`
        : `# Left out, since secret (--secrets writes them): ${leftOut.join(", ")}\n`,
  ].join("");
}

/**
 * Puts what an export holds in the place of all that a store holds, whole or not at all. What it leaves out of logins and keys
 * stays as it is.
 *
 * @param name The file's, for errors.
 * @throws {RunpassError} `invalid_argument` when it is no export or its world does not hold together; then nothing has changed.
 */
export async function importState(store: Store, text: string, name: string, nowMs: number): Promise<void> {
  const parsed = await parseWorldFile(text, name);
  const { world, state, secrets } = parsed ?? { world: defaultWorld, state: {}, secrets: {} };
  const done = resetStore(store, world, nowMs);
  for (const kind of Object.keys(secrets)) {
    for (const [key] of store.entries({ name: kind })) void store.delete({ name: kind }, key);
  }
  for (const [kind, entries] of Object.entries({ ...state, ...secrets })) {
    for (const [key, change] of Object.entries(entries)) {
      const value = merge(store.get<unknown>({ name: kind }, key)?.value, change);
      if (value === undefined) void store.delete({ name: kind }, key);
      else void store.put({ name: kind }, key, value);
    }
  }
  await done;
  await store.settled();
}

/** The world that the state began with, with the bindings that its resources have now. */
function describeWorld(store: Store, withSecrets: boolean): World {
  const origin = store.get(worldKind, "world")?.value ?? defaultWorld;
  const withBindings = <T extends { readonly bindings?: readonly Binding[] }>(resource: string, item: T): T => {
    const { bindings: _before, ...rest } = item;
    const bindings = store.get(policyKind, resource)?.value.bindings ?? [];
    return (bindings.length > 0 ? { ...rest, bindings } : rest) as T;
  };
  const {
    organizations,
    folders,
    projects,
    users,
    groups,
    serviceAccounts,
    services,
    oauthClients,
    defaults,
    ...rest
  } = origin;
  const clients = withSecrets ? oauthClients : oauthClients?.map(({ secret: _secret, ...client }) => client);
  // In the order in which one reads a world, whatever the order of its file was.
  return {
    ...(organizations
      ? { organizations: organizations.map((each) => withBindings(`organizations/${each.id}`, each)) }
      : {}),
    ...(folders ? { folders: folders.map((each) => withBindings(`folders/${each.id}`, each)) } : {}),
    projects: projects.map((each) => withBindings(`projects/${each.id}`, each)),
    users,
    ...(groups ? { groups } : {}),
    serviceAccounts: serviceAccounts.map((each) =>
      withBindings(formatServiceAccountName(serviceAccountEmail(each.id, each.project), each.project), each),
    ),
    services: services.map(({ name, project, region, ...each }) =>
      withBindings(formatServiceName({ service: name, project, region }), { name, project, region, ...each }),
    ),
    ...(clients ? { oauthClients: clients } : {}),
    ...rest,
    defaults,
  };
}

async function describeState(
  store: Store,
  world: World,
  nowMs: number,
): Promise<{ readonly state: KeptRecords; readonly secrets: KeptRecords }> {
  const fresh = createStore();
  await resetStore(fresh, world, nowMs);
  const now = byName(store);
  const before = byName(fresh);
  const parts = {
    state: {} as Record<string, Record<string, unknown>>,
    secrets: {} as Record<string, Record<string, unknown>>,
  };
  // Sorted, so that the same state is the same text, in whatever order it came about.
  const all = [...new Map([...before, ...now])].toSorted(([one], [other]) => (one < other ? -1 : 1));
  for (const [name, { kind, key }] of all) {
    if (kind === worldKind.name) continue;
    const [from, to] = [before.get(name)?.value, now.get(name)?.value];
    if (isDeepStrictEqual(from, to)) continue;
    const part = secretKinds.has(kind) ? parts.secrets : parts.state;
    (part[kind] ??= {})[key] = difference(from, to);
  }
  return parts;
}

function byName(store: Store): Map<string, { kind: string; key: string; value: unknown }> {
  return new Map(
    store.all().map(({ kind, key, value }) => [
      `${kind} ${key}`,
      // As it comes back from a file: without members that are undefined.
      { kind, key, value: JSON.parse(JSON.stringify(value)) as unknown },
    ]),
  );
}

/** What leads from one value to another, as RFC 7396 (JSON Merge Patch) has it: `null` takes a member away. */
function difference(from: unknown, to: unknown): unknown {
  if (to === undefined) return null;
  if (!isRecord(from) || !isRecord(to)) return to;
  const names = new Set([...Object.keys(from), ...Object.keys(to)]);
  return Object.fromEntries(
    [...names].flatMap((name) =>
      isDeepStrictEqual(from[name], to[name]) ? [] : [[name, difference(from[name], to[name])] as const],
    ),
  );
}

function merge(from: unknown, change: unknown): unknown {
  if (change === null) return undefined;
  if (!isRecord(from) || !isRecord(change)) return change;
  const merged: Record<string, unknown> = { ...from };
  for (const [name, member] of Object.entries(change)) {
    const value = merge(from[name], member);
    if (value === undefined) delete merged[name];
    else merged[name] = value;
  }
  return merged;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
