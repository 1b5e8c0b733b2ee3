import { randomUUID } from "node:crypto";
import { memberNames } from "../../gate/allow.ts";
import { formatMember, parseMember } from "../../google/member.ts";
import { formatFullResourceName } from "../../google/policy-troubleshooter.ts";
import type { Entitlement, EntitlementPage, PrivilegedAccessGrant } from "../../google/privileged-access.ts";
import { readPolicy, writePolicy } from "../policies/policies.ts";
import { findGroups } from "../principals.ts";
import { entitlementKind } from "../state/records.ts";
import type { EntitlementRecord } from "../state/records.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { paginate } from "./page.ts";
import { ApiFailure } from "./route.ts";

const service = "google.cloud.privilegedaccessmanager.v1.PrivilegedAccessManager";

/**
 * Privileged Access Manager v1, as far as entitlements of the world are found and asked for: no permission is needed but to be
 * among those who may. Source: google/cloud/privilegedaccessmanager/v1/privilegedaccessmanager.proto.
 */
export const privilegedAccessMethods: readonly ApiMethod[] = [
  {
    id: `${service}.SearchEntitlements`,
    route: "GET /v1/{parent=projects/*/locations/*}/entitlements:search",
    handle: search,
  },
  {
    id: `${service}.CreateGrant`,
    route: "POST /v1/{parent=projects/*/locations/*/entitlements/*}/grants",
    handle: createGrant,
  },
];

function search(call: MethodCall): EntitlementPage {
  const { state, path, call: request } = call;
  const prefix = `${nameIn(call, path["parent"] ?? "")}/entitlements/`;
  // Nobody has to approve, so nobody is an approver.
  const isRequester = request.query.get("callerAccessType") === "GRANT_REQUESTER";
  const found = state.store
    .entries(entitlementKind)
    .filter(([name, record]) => isRequester && name.startsWith(prefix) && mayAsk(call, record))
    .map(([name, record]) => show(name, record, state.store.get(entitlementKind, name)?.etag ?? ""));
  return paginate("entitlements", found, request.query);
}

/** Nobody has to approve: the roles are bound at once, under a condition that ends them. */
async function createGrant(call: MethodCall): Promise<PrivilegedAccessGrant> {
  const { state, caller, path, body } = call;
  const name = nameIn(call, path["parent"] ?? "");
  const stored = state.store.get(entitlementKind, name);
  if (!stored || !mayAsk(call, stored.value) || caller.principal.kind === "federated") {
    throw new ApiFailure("PERMISSION_DENIED", `Permission denied on resource '${name}' (or it may not exist).`);
  }
  const { roles, maxSeconds } = stored.value;
  const { requestedDuration, justification } = body as Partial<PrivilegedAccessGrant>;
  const seconds = Number(/^(\d+)s$/.exec(requestedDuration ?? "")?.[1]);
  if (!(seconds >= shortestSeconds && seconds <= maxSeconds)) {
    throw new ApiFailure(
      "INVALID_ARGUMENT",
      `requested_duration must be at least ${shortestSeconds}s and at most ${maxSeconds}s.`,
    );
  }
  const { email, kind } = caller.principal;
  const nowMs = state.clock.nowMs();
  const resource = projectOf(name);
  const expression = `request.time < timestamp("${new Date(nowMs + seconds * 1000).toISOString()}")`;
  const condition = { title: "Created by: PAM", expression };
  const policy = readPolicy(state, resource, 3);
  const added = roles.map((role) => ({ role, members: [`${kind}:${email}`], condition }));
  await writePolicy(state, resource, { ...policy, version: 3, bindings: [...(policy.bindings ?? []), ...added] });
  const time = new Date(nowMs).toISOString();
  return {
    name: `${name}/grants/${randomUUID()}`,
    requester: email,
    requestedDuration: `${seconds}s`,
    ...(justification ? { justification } : {}),
    state: "ACTIVE",
    privilegedAccess: accessOf(name, stored.value),
    createTime: time,
    updateTime: time,
  };
}

/** Half an hour. Source: Privileged Access Manager documentation, "Create entitlements". */
const shortestSeconds = 1800;

function mayAsk({ state, caller: { principal } }: MethodCall, { eligible }: EntitlementRecord): boolean {
  if (principal.kind === "federated") return false;
  const names = memberNames(principal, findGroups(state.store, principal.email));
  return eligible.some((text) => {
    const member = parseMember(text);
    return member !== undefined && names.includes(formatMember(member));
  });
}

/** The name with the project's id, as which it is kept. */
function nameIn({ state }: MethodCall, name: string): string {
  return name.replace(/^projects\/([^/]+)/, (own, id: string) => {
    const project = state.findProject(id);
    return project ? `projects/${project.id}` : own;
  });
}

function show(name: string, record: EntitlementRecord, etag: string): Entitlement {
  const { eligible, maxSeconds, createdMs } = record;
  const time = new Date(createdMs).toISOString();
  return {
    name,
    eligibleUsers: [{ principals: eligible }],
    privilegedAccess: accessOf(name, record),
    maxRequestDuration: `${maxSeconds}s`,
    requesterJustificationConfig: { notMandatory: {} },
    state: "AVAILABLE",
    etag,
    createTime: time,
    updateTime: time,
  };
}

function accessOf(name: string, { roles }: EntitlementRecord): Entitlement["privilegedAccess"] {
  return {
    gcpIamAccess: {
      resourceType: "cloudresourcemanager.googleapis.com/Project",
      resource: formatFullResourceName(projectOf(name)),
      roleBindings: roles.map((role) => ({ role })),
    },
  };
}

function projectOf(name: string): string {
  return name.split("/", 2).join("/");
}
