import type { Context } from "../core/context.ts";
import { ApiError, callApi } from "../google/call.ts";
import type { DenyPolicy } from "../google/deny-policy.ts";
import type { Policy } from "../google/policy.ts";
import { resourceManagerHost } from "../google/resource-manager.ts";
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
}

/** Everything that IAM decides by for a resource, its own level first, as far as the caller may see it. */
export interface Levels {
  readonly levels: readonly Level[];
  readonly unread: readonly Unread[];
}

interface Ancestry {
  readonly ancestor?: readonly { readonly resourceId: { readonly type: string; readonly id: string } }[];
}

/**
 * Reads the policies of a resource, its project and whatever is above that, in at most three round trips. What the caller may
 * not read is named; only Google out of reach is an error.
 *
 * @throws {RunpassError} `google_unreachable`, `credentials_rejected`.
 */
export async function readLevels(context: Context, resource: Resource, accessToken: string): Promise<Levels> {
  const unread: Unread[] = [];
  const read = (one: Resource): Promise<Level> => readLevel(context, one, accessToken, unread);
  const project = projectOf(resource);
  if (project === undefined) return { levels: [await read(resource)], unread };
  const [own, inherited, above] = await Promise.all([
    read(resource),
    read({ kind: "project", project }),
    readAncestors(context, project, accessToken, unread).then((found) => Promise.all(found.map(read))),
  ]);
  return { levels: [own, inherited, ...above], unread };
}

async function readLevel(context: Context, resource: Resource, accessToken: string, unread: Unread[]): Promise<Level> {
  const hasDenyPolicies = resource.kind !== "service" && resource.kind !== "account";
  const name = resourceName(resource);
  const [policy, denyPolicies] = await Promise.all([
    orUnread(
      () => readPolicy(context, resource, accessToken),
      { what: `the policy of ${name}`, permission: policyPermissions[resource.kind].read, hides: "grants" },
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
  return { resource, ...(policy ? { policy } : {}), denyPolicies: denyPolicies ?? [] };
}

/** Folders and organisation of a project, the nearest first. Source: Resource Manager v1, `projects.getAncestry`. */
async function readAncestors(
  context: Context,
  project: string,
  accessToken: string,
  unread: Unread[],
): Promise<Resource[]> {
  const url = `https://${resourceManagerHost}/v1/projects/${encodeURIComponent(project)}:getAncestry`;
  const answer = await orUnread(
    () => callApi<Ancestry>(context.fetch, { method: "POST", url, body: {}, accessToken, signal: context.signal }),
    { what: `what is above projects/${project}`, permission: "resourcemanager.projects.get", hides: "both" },
    unread,
  );
  return (answer?.ancestor ?? []).flatMap(({ resourceId: { type, id } }): Resource[] =>
    type === "folder" || type === "organization" ? [{ kind: type, number: id }] : [],
  );
}

/** A refusal is no error: it is remembered, and everything else is read all the same. */
async function orUnread<T>(read: () => Promise<T>, what: Unread, unread: Unread[]): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ApiError) || !["permission_denied", "not_found"].includes(error.code)) throw error;
    unread.push(what);
    return undefined;
  }
}
