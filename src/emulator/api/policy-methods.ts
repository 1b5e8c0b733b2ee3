import type { Policy } from "../../google/policy.ts";
import { readPolicy, writePolicy } from "../policies.ts";
import type { State } from "../state.ts";
import { holds } from "./caller.ts";
import type { Caller } from "./caller.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { ApiFailure } from "./route.ts";

/** A kind of resource that has an allow policy, and how its API speaks of it. */
export interface PolicyResource {
  /** `google.cloud.run.v2.Services`. */
  readonly service: string;
  /** Path template up to the verb: `/v2/{resource=projects/*\/locations/*\/services/*}`. */
  readonly path: string;
  /** Google reads policies by GET in some APIs and by POST in others. */
  readonly getBy: "GET" | "POST";
  /** `run.services`: the permissions are `run.services.getIamPolicy` and so on. */
  readonly permissionPrefix: string;
  /**
   * The name under which the policy is kept.
   *
   * @throws {ApiFailure} when there is no such resource.
   */
  readonly find: (state: State, name: string, caller: Caller, permission: string) => string;
  /**
   * The same for who asks what they may do, for which no permission is needed. `undefined` where there is no such resource:
   * then they may do nothing. Default: `find`.
   */
  readonly findForTest?: (state: State, name: string) => string | undefined;
  /** Google's text when a permission is missing. */
  readonly denied: (permission: string, name: string) => ApiFailure;
}

/** The three methods that every resource with an allow policy has. Source: google/iam/v1/iam_policy.proto. */
export function policyMethods(resource: PolicyResource): ApiMethod[] {
  const { service, path, getBy, permissionPrefix } = resource;

  function authorize({ state, caller, path: { resource: name = "" } }: MethodCall, verb: string): string {
    const permission = `${permissionPrefix}.${verb}`;
    const found = resource.find(state, name, caller, permission);
    if (!holds(state, caller, permission, found)) throw resource.denied(permission, name);
    return found;
  }

  return [
    {
      id: `${service}.GetIamPolicy`,
      route: `${getBy} ${path}:getIamPolicy`,
      handle: (call) => readPolicy(call.state, authorize(call, "getIamPolicy"), requestedVersion(call)),
    },
    {
      id: `${service}.SetIamPolicy`,
      route: `POST ${path}:setIamPolicy`,
      handle: (call) => writePolicy(call.state, authorize(call, "setIamPolicy"), readPolicyBody(call.body["policy"])),
    },
    {
      id: `${service}.TestIamPermissions`,
      route: `POST ${path}:testIamPermissions`,
      handle: ({ state, caller, path: { resource: name = "" }, body }) => {
        const asked = Array.isArray(body["permissions"]) ? (body["permissions"] as unknown[]).map(String) : [];
        const wild = asked.find((permission) => permission.includes("*"));
        if (wild !== undefined) {
          throw new ApiFailure("INVALID_ARGUMENT", `Permission ${wild} is not valid for this resource.`);
        }
        const { findForTest = (): string => resource.find(state, name, caller, `${permissionPrefix}.get`) } = resource;
        const found = findForTest(state, name);
        const permissions =
          found === undefined ? [] : asked.filter((permission) => holds(state, caller, permission, found));
        return permissions.length > 0 ? { permissions } : {};
      },
    },
  ];
}

/** In the query for some APIs and clients, in the body for others. */
function requestedVersion({ call, body }: MethodCall): number {
  const options = body["options"] as { requestedPolicyVersion?: unknown } | null | undefined;
  return Number(call.query.get("options.requestedPolicyVersion") ?? options?.requestedPolicyVersion ?? 0);
}

/**
 * Checks the form of a policy in a request.
 *
 * @throws {ApiFailure} `INVALID_ARGUMENT`, before anything of it is looked at closer.
 */
function readPolicyBody(value: unknown): Policy {
  if (typeof value !== "object" || value === null) throw wrong("The policy is missing.");
  const { version, bindings, etag, auditConfigs } = value as Record<string, unknown>;
  if (version !== undefined && typeof version !== "number") throw wrong("policy.version must be a number.");
  if (etag !== undefined && (typeof etag !== "string" || !/^[\w+/-]*={0,2}$/.test(etag))) {
    throw wrong(`Invalid value at 'policy.etag' (TYPE_BYTES), Base64 decoding failed for ${JSON.stringify(etag)}`);
  }
  if (bindings !== undefined && bindings !== null && !Array.isArray(bindings))
    throw wrong("policy.bindings must be a list.");
  for (const binding of (bindings ?? []) as unknown[]) {
    const { role, members, condition } = (binding ?? {}) as Record<string, unknown>;
    if (typeof role !== "string") throw wrong("Each binding of the policy must have a role.");
    if (!Array.isArray(members) || members.some((member) => typeof member !== "string")) {
      throw wrong(`The members of ${role} must be a list of strings.`);
    }
    const expression = (condition as { expression?: unknown } | null | undefined)?.expression;
    if (condition !== undefined && (typeof expression !== "string" || expression === "")) {
      throw wrong(`The condition of ${role} must have an expression.`);
    }
  }
  return {
    ...(version === undefined ? {} : { version }),
    ...(etag === undefined ? {} : { etag }),
    bindings: (bindings ?? []) as NonNullable<Policy["bindings"]>,
    ...(Array.isArray(auditConfigs) ? { auditConfigs: auditConfigs as unknown[] } : {}),
  };
}

function wrong(message: string): ApiFailure {
  return new ApiFailure("INVALID_ARGUMENT", message);
}
