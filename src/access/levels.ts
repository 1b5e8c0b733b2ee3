import type { Context } from "../core/context.ts";
import { callApi, isRefusal } from "../google/call.ts";
import type { DenyPolicy } from "../google/deny-policy.ts";
import type { Policy } from "../google/policy.ts";
import { resourceManagerHost } from "../google/resource-manager.ts";
import { customRolesIn, readCustomRole } from "./custom-roles.ts";
import type { CustomRoles } from "./custom-roles.ts";
import { readDenyPolicies } from "./deny-policies.ts";
import { policyPermissions } from "./policy-error.ts";
import { projectOf, readPolicy, resourceName } from "./resource.ts";
import type { Resource } from "./resource.ts";

/** One level on the way from a resource up to its organisation, as far as it could be read. */
export interface Level {
  readonly resource: Resource;
  /** Absent where it could not be read. */
  readonly policy?: Policy;
  /** Deny policies attached to it, rules included. */
  readonly denyPolicies: readonly DenyPolicy[];
}

/** Something that could not be read, so that an answer may lack it. */
export interface Unread {
  /** `the policy of projects/demo-project`. */
  readonly what: string;
  /** The permission that would let it be read. */
  readonly permission: string;
  readonly hides: "grants" | "denials" | "both";
  /** Where no permission would help: what VPC Service Controls refused, in a sentence. */
  readonly perimeter?: string;
}

/** How the policy of a resource is called among what could not be read. */
export function policyOf(resource: Resource): string {
  return `the policy of ${resourceName(resource)}`;
}

/** Why something could not be read, as a clause. */
export function reasonOf({ permission, perimeter }: Unread): string {
  return perimeter === undefined ? `${permission} is missing` : perimeter.replace(/^A/, "a");
}

/** Everything that IAM decides by for a resource, its own level first, as far as the caller may see it. */
export interface Levels {
  readonly levels: readonly Level[];
  readonly unread: readonly Unread[];
  /** What the custom roles among the bindings hold. */
  readonly roles: CustomRoles;
}

interface Ancestry {
  readonly ancestor?: readonly { readonly resourceId: { readonly type: string; readonly id: string } }[];
}

/** Reads everything that IAM decides by for a resource. */
export type LevelReader = (resource: Resource) => Promise<Levels>;

/**
 * Reads the policies of a resource, its project and whatever is above that, in at most three round trips, and one more for custom
 * roles. What the caller may not read is named; only Google out of reach is an error.
 *
 * @throws {RunpassError} `google_unreachable`, `credentials_rejected`.
 */
export async function readLevels(context: Context, resource: Resource, accessToken: string): Promise<Levels> {
  return createLevelReader(context, accessToken)(resource);
}

/** The same for several resources, which often have a project or an organisation in common: each level and each custom role is read once. */
export function createLevelReader(context: Context, accessToken: string): LevelReader {
  const readRole = once(async (role: string) => readCustomRole(context, role, accessToken), String);
  const read = once(async (resource: Resource) => readLevel(context, resource, accessToken, readRole), resourceName);
  const readAbove = once(async (project: string) => {
    const { ancestors, unread } = await readAncestors(context, project, accessToken);
    return joined([{ levels: [], unread, roles: new Map() }, ...(await Promise.all(ancestors.map(read)))]);
  }, String);
  return async (resource) => {
    const project = projectOf(resource);
    if (project === undefined) return read(resource);
    return joined(await Promise.all([read(resource), read({ kind: "project", project }), readAbove(project)]));
  };
}

function once<A, T>(read: (asked: A) => Promise<T>, keyOf: (asked: A) => string): (asked: A) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return async (asked) => {
    const key = keyOf(asked);
    let reading = known.get(key);
    if (!reading) known.set(key, (reading = read(asked)));
    return reading;
  };
}

function joined(parts: readonly Levels[]): Levels {
  return {
    levels: parts.flatMap(({ levels }) => levels),
    unread: parts.flatMap(({ unread }) => unread),
    roles: new Map(parts.flatMap(({ roles }) => [...roles])),
  };
}

async function readLevel(
  context: Context,
  resource: Resource,
  accessToken: string,
  readRole: (role: string) => Promise<ReadonlySet<string> | undefined>,
): Promise<Levels> {
  const hasDenyPolicies = resource.kind !== "service" && resource.kind !== "account";
  const name = resourceName(resource);
  const unread: Unread[] = [];
  const [policy, denyPolicies] = await Promise.all([
    orUnread(
      () => readPolicy(context, resource, accessToken),
      { what: policyOf(resource), permission: policyPermissions[resource.kind].read, hides: "grants" },
      unread,
    ),
    hasDenyPolicies
      ? orUnread(
          () => readDenyPolicies(context, name, accessToken),
          { what: `the deny policies of ${name}`, permission: "iam.denypolicies.list", hides: "denials" },
          unread,
        )
      : [],
  ]);
  const named = policy ? customRolesIn(policy) : [];
  const roles = await Promise.all(named.map(async (role) => [role, await readRole(role)] as const));
  return {
    levels: [{ resource, ...(policy ? { policy } : {}), denyPolicies: denyPolicies ?? [] }],
    unread,
    roles: new Map(roles.flatMap(([role, held]) => (held ? [[role, held] as const] : []))),
  };
}

/** Folders and organisation of a project, the nearest first. Source: Resource Manager v1, `projects.getAncestry`. */
export async function readAncestors(
  context: Context,
  project: string,
  accessToken: string,
): Promise<{ readonly ancestors: readonly Resource[]; readonly unread: readonly Unread[] }> {
  const url = `https://${resourceManagerHost}/v1/projects/${encodeURIComponent(project)}:getAncestry`;
  const unread: Unread[] = [];
  const answer = await orUnread(
    () => callApi<Ancestry>(context.fetch, { method: "POST", url, body: {}, accessToken, signal: context.signal }),
    { what: `what is above projects/${project}`, permission: "resourcemanager.projects.get", hides: "both" },
    unread,
  );
  const ancestors = (answer?.ancestor ?? []).flatMap(({ resourceId: { type, id } }): Resource[] =>
    type === "folder" || type === "organization" ? [{ kind: type, number: id }] : [],
  );
  return { ancestors, unread };
}

/** A refusal is no error: it is remembered, and everything else is read all the same. */
async function orUnread<T>(read: () => Promise<T>, what: Unread, unread: Unread[]): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    unread.push(error.code === "perimeter_refused" ? { ...what, perimeter: error.message } : what);
    return undefined;
  }
}
