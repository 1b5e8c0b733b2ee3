import { randomBytes, randomUUID } from "node:crypto";
import { loadConditions } from "../../gate/condition.ts";
import { formatDenyPolicyName, isDenyPolicyId } from "../../google/deny-policy.ts";
import type { DenyPolicy, DenyPolicyRule } from "../../google/deny-policy.ts";
import { findDenyRuleFault, maxDenyRules } from "../policies/deny-rules.ts";
import { nodeOf, numberedName } from "../hierarchy.ts";
import { denyOperationKind, denyPolicyKind } from "../state/records.ts";
import { holds } from "./caller.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { paginate } from "./page.ts";
import { ApiFailure } from "./route.ts";

const service = "google.iam.v2.Policies";

/** Deny policies: iam.googleapis.com v2, and v2beta for gcloud's own beta commands. Source: google/iam/v2/policy.proto. */
export const denyPolicyMethods: readonly ApiMethod[] = ["v2", "v2beta"].flatMap((version) => {
  const collection = `/${version}/policies/{attachment=**}/denypolicies`;
  return [
    { id: `${service}.GetOperation`, route: `GET ${collection}/{id}/operations/{operation}`, handle: getOperation },
    { id: `${service}.ListPolicies`, route: `GET ${collection}`, handle: list },
    { id: `${service}.CreatePolicy`, route: `POST ${collection}`, handle: create },
    { id: `${service}.GetPolicy`, route: `GET ${collection}/{id}`, handle: (call) => find(call, "get").policy },
    { id: `${service}.UpdatePolicy`, route: `PUT ${collection}/{id}`, handle: update },
    { id: `${service}.DeletePolicy`, route: `DELETE ${collection}/{id}`, handle: remove },
  ] satisfies ApiMethod[];
});

/** What a resource's deny policies are, with the etag of all of them together. */
interface Attached {
  /** `projects/ID`, `folders/N` or `organizations/N`. */
  readonly resource: string;
  readonly policies: readonly DenyPolicy[];
  readonly etag: string | undefined;
}

/** @throws {ApiFailure} `INVALID_ARGUMENT` for no attachment point, `PERMISSION_DENIED`. */
function attached({ state, caller, path }: MethodCall, verb: string): Attached {
  // The slashes in an attachment point come encoded once or twice.
  const point = decodeURIComponent(path["attachment"] ?? "");
  const match = /^cloudresourcemanager\.googleapis\.com\/(projects|folders|organizations)\/([^/]+)$/.exec(point);
  if (!match) throw new ApiFailure("INVALID_ARGUMENT", `Invalid attachment point: ${point}`);
  const project = match[1] === "projects" ? state.findProject(match[2] ?? "") : undefined;
  const resource = project ? `projects/${project.id}` : `${match[1]}/${match[2]}`;
  const permission = `iam.denypolicies.${verb}`;
  if (!nodeOf(state.store, resource) || !holds(state, caller, permission, resource)) {
    throw new ApiFailure(
      "PERMISSION_DENIED",
      `Permission '${permission}' denied on resource '${point}' (or it may not exist).`,
    );
  }
  const stored = state.store.get(denyPolicyKind, resource);
  return { resource, policies: stored?.value ?? [], etag: stored?.etag };
}

function find(call: MethodCall, verb: string): Attached & { readonly policy: DenyPolicy } {
  const point = attached(call, verb);
  const { id = "" } = call.path;
  const name = nameOf(call, point, id);
  const policy = point.policies.find((each) => each.name === name);
  if (!policy) throw new ApiFailure("NOT_FOUND", `Policy ${name} does not exist.`);
  return { ...point, policy };
}

function nameOf({ state }: MethodCall, { resource }: Attached, id: string): string {
  return formatDenyPolicyName(numberedName(state.store, resource), id);
}

/** Without the rules: the list shows metadata only. */
function list(call: MethodCall): object {
  const { policies } = attached(call, "list");
  return paginate(
    "policies",
    policies.map(({ rules: _rules, ...metadata }) => metadata),
    call.call.query,
  );
}

async function create(call: MethodCall): Promise<object> {
  await loadConditions();
  const point = attached(call, "create");
  const id = call.call.query.get("policyId") ?? "";
  if (!isDenyPolicyId(id)) throw new ApiFailure("INVALID_ARGUMENT", `Invalid policy id: ${id}`);
  const name = nameOf(call, point, id);
  if (point.policies.some((policy) => policy.name === name)) {
    throw new ApiFailure("ALREADY_EXISTS", `Policy ${name} already exists.`);
  }
  const time = now(call);
  const policy: DenyPolicy = {
    name,
    uid: randomUUID(),
    kind: "DenyPolicy",
    ...readBody(call, point.policies),
    etag: newEtag(),
    createTime: time,
    updateTime: time,
  };
  return finish(call, point, [...point.policies, policy], policy);
}

async function update(call: MethodCall): Promise<object> {
  await loadConditions();
  const { policy: old, ...point } = find(call, "update");
  checkEtag(old, call.body["etag"]);
  const others = point.policies.filter((policy) => policy !== old);
  const { name, uid, kind, createTime } = old;
  const content = readBody(call, others);
  const policy: DenyPolicy = { name, uid, kind, ...content, etag: newEtag(), createTime, updateTime: now(call) };
  const policies = point.policies.map((each) => (each === old ? policy : each));
  return finish(call, point, policies, policy);
}

async function remove(call: MethodCall): Promise<object> {
  const { policy: old, ...point } = find(call, "delete");
  checkEtag(old, call.call.query.get("etag") ?? undefined);
  const policies = point.policies.filter((policy) => policy !== old);
  return finish(call, point, policies, { ...old, deleteTime: now(call) });
}

/** @throws {ApiFailure} `INVALID_ARGUMENT` for rules that cannot be. */
function readBody(
  { body }: MethodCall,
  others: readonly DenyPolicy[],
): Pick<DenyPolicy, "displayName" | "annotations" | "rules"> {
  const { displayName, annotations, rules = [] } = body;
  if (!Array.isArray(rules)) throw new ApiFailure("INVALID_ARGUMENT", "policy.rules must be a list.");
  const fault = rules.map(faultOf).find((each) => each !== undefined);
  if (fault !== undefined) throw new ApiFailure("INVALID_ARGUMENT", fault);
  const count = others.reduce((sum, policy) => sum + (policy.rules?.length ?? 0), rules.length);
  if (count > maxDenyRules) {
    throw new ApiFailure(
      "INVALID_ARGUMENT",
      `The resource would have ${count} deny rules; it may have ${maxDenyRules}.`,
    );
  }
  return {
    ...(typeof displayName === "string" ? { displayName } : {}),
    ...(typeof annotations === "object" && annotations !== null
      ? { annotations: annotations as Record<string, string> }
      : {}),
    rules: rules as DenyPolicyRule[],
  };
}

function faultOf(value: unknown): string | undefined {
  const { denyRule } = (value ?? {}) as { denyRule?: unknown };
  if (typeof denyRule !== "object" || denyRule === null) return "Each rule of a deny policy needs a denyRule.";
  const lists = ["deniedPrincipals", "exceptionPrincipals", "deniedPermissions", "exceptionPermissions"];
  const rule = denyRule as Record<string, unknown>;
  const odd = lists.find((name) => {
    const values = rule[name] ?? [];
    return !Array.isArray(values) || values.some((each) => typeof each !== "string");
  });
  if (odd !== undefined) return `${odd} must be a list of strings.`;
  const condition = rule["denialCondition"] as { expression?: unknown } | null | undefined;
  if (condition !== undefined && typeof condition?.expression !== "string") {
    return "The denial condition must have an expression.";
  }
  return findDenyRuleFault(value as DenyPolicyRule);
}

function checkEtag({ etag }: DenyPolicy, given: unknown): void {
  if (given === undefined || given === "") return;
  if (typeof given !== "string" || !Buffer.from(given, "base64").equals(Buffer.from(etag, "base64"))) throw conflict();
}

/** Stores what a resource's deny policies are now. @returns a long-running operation, over when it is answered. */
async function finish(
  call: MethodCall,
  { resource, etag }: Attached,
  policies: readonly DenyPolicy[],
  policy: DenyPolicy & { readonly deleteTime?: string },
): Promise<object> {
  const type = "type.googleapis.com/google.iam.v2";
  const operation = {
    name: `${policy.name}/operations/${randomBytes(8).toString("hex")}`,
    metadata: { "@type": `${type}.PolicyOperationMetadata`, createTime: now(call) },
    done: true,
    response: { "@type": `${type}.Policy`, ...policy },
  };
  const { store } = call.state;
  const [stored] = await Promise.all([
    store.put(denyPolicyKind, resource, policies, etag),
    store.put(denyOperationKind, operation.name, operation),
  ]);
  if (!stored) throw conflict();
  return operation;
}

function getOperation(call: MethodCall): object {
  const point = attached(call, "get");
  const name = `${nameOf(call, point, call.path["id"] ?? "")}/operations/${call.path["operation"]}`;
  const operation = call.state.store.get(denyOperationKind, name)?.value;
  if (!operation) throw new ApiFailure("NOT_FOUND", `Operation ${name} does not exist.`);
  return operation;
}

function now({ state }: MethodCall): string {
  return new Date(state.clock.nowMs()).toISOString();
}

function newEtag(): string {
  return randomBytes(8).toString("base64");
}

function conflict(): ApiFailure {
  return new ApiFailure(
    "ABORTED",
    "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.",
  );
}
