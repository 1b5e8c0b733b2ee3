import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import { ApiError } from "../google/call.ts";
import { applyChange, planChange, planOn } from "./change.ts";
import type { AppliedChange, ConflictRetry, PlannedChange } from "./change.ts";
import { alreadyThrough } from "./holding.ts";
import type { Holding, PolicyAt } from "./holding.ts";
import { explainPolicyError } from "./policy-error.ts";
import { projectOf, readPolicy, resourceName } from "./resource.ts";
import type { Resource } from "./resource.ts";

/** The role that lets its members call a service. */
export const invokerRole = "roles/run.invoker";

/**
 * The smallest role for ID tokens of a service account. gcloud's own impersonation takes an access token first and needs
 * `roles/iam.serviceAccountTokenCreator`.
 */
export const idTokenCreatorRole = "roles/iam.serviceAccountOpenIdTokenCreator";

/** Who is to get which role on what. */
export interface GrantRequest {
  readonly resource: Resource;
  readonly role: string;
  /** In IAM's form; at least one. */
  readonly members: readonly string[];
}

/** A member who needs nothing, and why. */
export interface AlreadyGranted {
  readonly member: string;
  readonly through: readonly Holding[];
}

/** What a grant would do. */
export interface PlannedGrant extends PlannedChange {
  readonly request: GrantRequest;
  readonly already: readonly AlreadyGranted[];
  /** Policies that could not be read, by resource name: a member may have the role through them. */
  readonly unread: readonly string[];
}

/** What a grant did. */
export interface AppliedGrant extends AppliedChange {
  readonly request: GrantRequest;
  readonly already: readonly AlreadyGranted[];
  readonly unread: readonly string[];
}

/** The role that a grant on a resource means when none is named. */
export function defaultRole(resource: Resource): string {
  return resource.kind === "account" ? idTokenCreatorRole : invokerRole;
}

/**
 * The two grants of calling a service as a service account: the account may call the service, and the caller may make ID
 * tokens for the account. In the order in which they are written: the second opens the way, so it comes last.
 */
export function grantsToCallAs(options: {
  readonly service: Resource & { readonly kind: "service" };
  readonly account: Resource & { readonly kind: "account" };
  /** Who will impersonate, in IAM's form. */
  readonly callers: readonly string[];
}): readonly [GrantRequest, GrantRequest] {
  return [
    { resource: options.service, role: invokerRole, members: [`serviceAccount:${options.account.email}`] },
    { resource: options.account, role: idTokenCreatorRole, members: options.callers },
  ];
}

/**
 * Works out grants without writing anything: reads each resource's policy and, where readable, its project's.
 *
 * @throws {RunpassError} `permission_denied` or `not_found` when a resource's own policy cannot be read.
 */
export async function planGrants(
  context: Context,
  requests: readonly GrantRequest[],
  accessToken: string,
): Promise<readonly PlannedGrant[]> {
  return Promise.all(requests.map((request) => planGrant(context, request, accessToken)));
}

async function planGrant(context: Context, request: GrantRequest, accessToken: string): Promise<PlannedGrant> {
  const { resource, role, members } = request;
  const project = projectOf(resource);
  const [own, inherited] = await Promise.all([
    planChange(context, resource, [], accessToken),
    project === undefined ? undefined : readInherited(context, project, accessToken),
  ]);
  const levels: PolicyAt[] = [
    { through: resource.kind, policy: own.before },
    ...(inherited === undefined || inherited === "unreadable" ? [] : [inherited]),
  ];
  const already: AlreadyGranted[] = [];
  const missing: string[] = [];
  for (const member of new Set(members)) {
    const through = alreadyThrough(member, role, levels);
    if (through) already.push({ member, through });
    else missing.push(member);
  }
  const edits = missing.map((member) => ({ action: "add" as const, role, member }));
  const unread = inherited === "unreadable" ? [`projects/${project}`] : [];
  return { ...planOn(own.before, resource, edits), request, already, unread };
}

/** A caller who may set a service's policy need not be able to read the project's: that is no reason to stop. */
async function readInherited(context: Context, project: string, accessToken: string): Promise<PolicyAt | "unreadable"> {
  try {
    return { through: "project", policy: await readPolicy(context, { kind: "project", project }, accessToken) };
  } catch (error) {
    if (error instanceof ApiError && (error.code === "permission_denied" || error.code === "not_found")) {
      return "unreadable";
    }
    throw explainPolicyError(error, { kind: "project", project }, "read");
  }
}

/**
 * Writes planned grants one after the other; those without a difference are passed over.
 *
 * @throws {RunpassError} the first failure; when grants before it were written, its message names them.
 */
export async function applyGrants(
  context: Context,
  planned: readonly PlannedGrant[],
  accessToken: string,
  retry?: ConflictRetry,
): Promise<readonly AppliedGrant[]> {
  const applied: AppliedGrant[] = [];
  for (const plan of planned) {
    try {
      applied.push({ ...plan, ...(await applyChange(context, plan, accessToken, retry)) });
    } catch (error) {
      const written = applied.filter(({ changed }) => changed);
      throw written.length === 0 ? error : halfDone(error, written);
    }
  }
  return applied;
}

function halfDone(error: unknown, written: readonly AppliedGrant[]): unknown {
  if (!(error instanceof RunpassError)) return error;
  const done = written.map(({ request }) => `${request.role} on ${resourceName(request.resource)}`).join(", ");
  return new RunpassError({
    code: error.code,
    message: `Only a part was done. Written: ${done}. Failed: ${error.message}`,
    why: error.why,
    fix:
      error.fix === undefined
        ? "Run the command again: it writes what is missing."
        : `${error.fix} Then run the command again: it writes what is missing.`,
    cause: error,
  });
}
