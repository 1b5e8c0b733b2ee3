import type { Binding, Policy } from "../../google/policy.ts";
import { readPolicy, writePolicy } from "../policies/policies.ts";
import type { State } from "../state/state.ts";
import { holds } from "./caller.ts";
import type { Caller } from "./caller.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { readMessage } from "./request-message.ts";
import type { Message } from "./request-message.ts";
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
      request: getRequest,
      handle: (call) => readPolicy(call.state, authorize(call, "getIamPolicy"), requestedVersion(call)),
    },
    {
      id: `${service}.SetIamPolicy`,
      route: `POST ${path}:setIamPolicy`,
      request: setRequest,
      handle: (call) => {
        const found = authorize(call, "setIamPolicy");
        const mask = readPolicyMask(call.body["updateMask"]);
        return writePolicy(call.state, found, readPolicyBody(call.body["policy"]), mask);
      },
    },
    {
      id: `${service}.TestIamPermissions`,
      route: `POST ${path}:testIamPermissions`,
      request: testRequest,
      handle: ({ state, caller, path: { resource: name = "" }, body }) => {
        const asked = (body["permissions"] ?? []) as readonly string[];
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

const policyMessage: Message = {
  version: "int32",
  bindings: [
    {
      role: "string",
      members: ["string"],
      condition: { expression: "string", title: "string", description: "string", location: "string" },
    },
  ],
  auditConfigs: [{ service: "string", auditLogConfigs: [{ logType: "any", exemptedMembers: ["string"] }] }],
  etag: "bytes",
};
const options: Message = { requestedPolicyVersion: "int32" };
const getRequest: Message = { resource: "string", options };
const setRequest: Message = { resource: "string", policy: policyMessage, updateMask: "string" };
const testRequest: Message = { resource: "string", permissions: ["string"] };

/** In the query for some APIs and clients, in the body for others. */
function requestedVersion({ call: { query }, body }: MethodCall): number {
  const inQuery = ["options.requestedPolicyVersion", "options.requested_policy_version"]
    .map((name) => query.get(name))
    .find((value) => value !== null);
  const inBody = body["options"] as { readonly requestedPolicyVersion?: number } | undefined;
  if (inQuery === undefined) return inBody?.requestedPolicyVersion ?? 0;
  const { options: read } = readMessage({ options: { requestedPolicyVersion: inQuery } }, getRequest);
  return (read as { readonly requestedPolicyVersion: number }).requestedPolicyVersion;
}

/** What a policy is made of. */
const parts = ["bindings", "etag", "version", "auditConfigs"] as const;

/**
 * The members that a write replaces, out of its `updateMask`. Without one the audit configuration stays.
 * Source: google/iam/v1/iam_policy.proto, `SetIamPolicyRequest`.
 *
 * @throws {ApiFailure} `INVALID_ARGUMENT` for a path that leads nowhere.
 */
function readPolicyMask(mask: unknown): readonly string[] {
  if (typeof mask !== "string" || mask.trim() === "") return ["bindings", "etag"];
  if (mask.trim() === "*") return parts;
  return mask.split(",").map((path) => {
    const [member = ""] = path.trim().split(".");
    const part = parts.find((each) => each === member || each.toLowerCase() === member.replaceAll("_", ""));
    if (part === undefined) throw wrong(`Invalid value at 'update_mask': '${path.trim()}' is no field of a policy.`);
    return part;
  });
}

/**
 * Checks the form of a policy in a request.
 *
 * @throws {ApiFailure} `INVALID_ARGUMENT`, before anything of it is looked at closer.
 */
function readPolicyBody(value: unknown): Policy {
  if (value === undefined) throw wrong("The policy is missing.");
  const { bindings = [], ...rest } = value as Omit<Policy, "bindings"> & { bindings?: readonly Partial<Binding>[] };
  return {
    ...rest,
    bindings: bindings.map(({ role, members = [], condition }) => {
      if (!role) throw wrong("Each binding of the policy must have a role.");
      if (condition && !condition.expression) throw wrong(`The condition of ${role} must have an expression.`);
      return { role, members, ...(condition ? { condition } : {}) };
    }),
  };
}

function wrong(message: string): ApiFailure {
  return new ApiFailure("INVALID_ARGUMENT", message);
}
