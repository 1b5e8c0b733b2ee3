import type { Context } from "../core/context.ts";
import { ApiError } from "../google/call.ts";
import type { Condition, Policy } from "../google/policy.ts";
import { permissionsOf } from "../google/roles.ts";
import { explainPolicyError } from "./policy-error.ts";
import { readPolicy, resourceName } from "./resource.ts";
import type { Resource } from "./resource.ts";

/** One way in which someone may call a service. */
export interface AccessRow {
  /** In IAM's form. */
  readonly member: string;
  readonly role: string;
  /** Whose policy holds the binding. */
  readonly through: "service" | "project";
  readonly condition?: Condition;
  /** `conditional`: only while the condition holds. `unknown`: what a custom role holds is not looked up. */
  readonly canCall: "yes" | "conditional" | "unknown";
}

/** Who can call a service, as far as could be read. */
export interface Access {
  /** `projects/P/locations/L/services/S`. */
  readonly service: string;
  /** Anyone at all, without a token: `allUsers`, or the invoker check is off. */
  readonly public: boolean;
  readonly rows: readonly AccessRow[];
  /** Policies that could not be read, and why. Folders and the organisation are never read, so they are not in it. */
  readonly unread: readonly { readonly resource: string; readonly why: string }[];
}

const permission = "run.routes.invoke";

/**
 * Lists who can call a service, by the service's own policy and its project's. Policies of folders and the organisation and
 * deny policies are not looked at.
 *
 * @param invokerIamDisabled as Cloud Run Admin tells of the service.
 * @throws {RunpassError} when not even the service's own policy can be read.
 */
export async function listAccess(
  context: Context,
  service: Resource & { readonly kind: "service" },
  accessToken: string,
  invokerIamDisabled = false,
): Promise<Access> {
  const project: Resource = { kind: "project", project: service.name.project };
  const [own, inherited] = await Promise.all([
    read(context, service, accessToken),
    read(context, project, accessToken),
  ]);
  if ("error" in own) throw explainPolicyError(own.error, service, "read");
  const rows = rowsOf(own.policy, "service");
  if (!("error" in inherited)) rows.push(...rowsOf(inherited.policy, "project"));
  return {
    service: resourceName(service),
    public: invokerIamDisabled || rows.some(({ member, canCall }) => member === "allUsers" && canCall === "yes"),
    rows,
    unread: "error" in inherited ? [{ resource: resourceName(project), why: inherited.error.message }] : [],
  };
}

async function read(
  context: Context,
  resource: Resource,
  accessToken: string,
): Promise<{ readonly policy: Policy } | { readonly error: ApiError }> {
  try {
    return { policy: await readPolicy(context, resource, accessToken) };
  } catch (error) {
    if (error instanceof ApiError && (error.code === "permission_denied" || error.code === "not_found")) {
      return { error };
    }
    throw error;
  }
}

function rowsOf(policy: Policy, through: AccessRow["through"]): AccessRow[] {
  const rows: AccessRow[] = [];
  for (const { role, members, condition } of policy.bindings ?? []) {
    const custom = !role.startsWith("roles/");
    if (!custom && !permissionsOf(role).has(permission)) continue;
    const canCall = custom ? "unknown" : condition === undefined ? "yes" : "conditional";
    for (const member of members) {
      if (member.startsWith("deleted:")) continue; // nobody can be it any more
      rows.push({ member, role, through, ...(condition === undefined ? {} : { condition }), canCall });
    }
  }
  return rows;
}
