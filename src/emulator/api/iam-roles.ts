import { isPermissionName, isRoleId, ownerOfRole, roleStages } from "../../google/custom-role.ts";
import type { CustomRole, RoleStage } from "../../google/custom-role.ts";
import { isSameEtag } from "../policies/policies.ts";
import { customRoleKind } from "../state/records.ts";
import type { CustomRoleRecord } from "../state/records.ts";
import { holds } from "./caller.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { paginate } from "./page.ts";
import { ApiFailure } from "./route.ts";

const service = "google.iam.admin.v1.IAM";

/** Custom roles of projects and organisations in iam.googleapis.com v1. Source: google/iam/admin/v1/iam.proto; texts a guess. */
export const iamRoleMethods: readonly ApiMethod[] = ["projects", "organizations"].flatMap((owners): ApiMethod[] => {
  const name = `/v1/{name=${owners}/*/roles/*}`;
  const parent = `/v1/{parent=${owners}/*}/roles`;
  return [
    { id: `${service}.ListRoles`, route: `GET ${parent}`, handle: list },
    { id: `${service}.CreateRole`, route: `POST ${parent}`, handle: create },
    { id: `${service}.GetRole`, route: `GET ${name}`, handle: (call) => show(find(call, "get")) },
    { id: `${service}.UpdateRole`, route: `PATCH ${name}`, handle: update },
    { id: `${service}.DeleteRole`, route: `DELETE ${name}`, handle: remove },
    { id: `${service}.UndeleteRole`, route: `POST ${name}:undelete`, handle: undelete },
  ];
});

interface Found {
  readonly name: string;
  readonly record: CustomRoleRecord;
  readonly etag: string;
}

/** A resource by its id, where the caller may do there what `verb` says. */
function authorize({ state, caller }: MethodCall, owner: string, verb: string): string {
  const id = owner.slice("projects/".length);
  const resource = owner.startsWith("projects/") ? `projects/${state.findProject(id)?.id ?? id}` : owner;
  const permission = `iam.roles.${verb}`;
  if (holds(state, caller, permission, resource)) return resource;
  throw new ApiFailure(
    "PERMISSION_DENIED",
    `You don't have permission to perform the action: ${permission} on ${owner}.`,
  );
}

function find(call: MethodCall, verb: string): Found {
  const asked = call.path["name"] ?? "";
  const owner = authorize(call, ownerOfRole(asked) ?? asked, verb);
  const name = `${owner}/roles/${asked.split("/").at(-1)}`;
  const stored = call.state.store.get(customRoleKind, name);
  if (!stored) throw new ApiFailure("NOT_FOUND", `The role named ${asked} was not found.`);
  return { name, record: stored.value, etag: stored.etag };
}

function list(call: MethodCall): object {
  const owner = authorize(call, call.path["parent"] ?? "", "list");
  const { query } = call.call;
  const isFull = query.get("view") === "FULL";
  const roles = call.state.store
    .entries(customRoleKind)
    .filter(([name]) => ownerOfRole(name) === owner)
    .filter(([, { deletedMs }]) => deletedMs === undefined || query.get("showDeleted") === "true")
    .map(([name, record]) => {
      const { includedPermissions, ...rest } = show({ name, record, etag: etagOf(call, name) });
      return isFull ? { ...rest, includedPermissions } : rest;
    });
  return paginate("roles", roles, query);
}

async function create(call: MethodCall): Promise<CustomRole> {
  const owner = authorize(call, call.path["parent"] ?? "", "create");
  const { roleId } = call.body;
  if (typeof roleId !== "string" || !isRoleId(roleId)) {
    throw wrong("The role_id must have 3 to 64 characters: letters, digits, underscores and periods.");
  }
  const name = `${owner}/roles/${roleId}`;
  const { store } = call.state;
  if (store.get(customRoleKind, name)) {
    throw new ApiFailure("ALREADY_EXISTS", `A role named ${roleId} in ${owner} already exists.`);
  }
  return write(call, name, { includedPermissions: [], ...readRole(call.body["role"]) });
}

/** Changes what `updateMask` names; without one all that is given. */
function update(call: MethodCall): Promise<CustomRole> {
  const { name, record, etag } = find(call, "update");
  const given = readRole(call.body);
  const mask = call.call.query
    .get("updateMask")
    ?.split(",")
    .map((field) => field.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()));
  const { etag: expected } = call.body;
  if (typeof expected === "string" && expected !== "" && !isSameEtag(expected, etag)) {
    throw new ApiFailure("ABORTED", `The etag of the role named ${name} does not match: it has been changed.`);
  }
  const kept = Object.entries(record).filter(([field]) => !mask?.includes(field));
  const changed = Object.entries(given).filter(([field]) => mask === undefined || mask.includes(field));
  return write(call, name, { includedPermissions: [], ...Object.fromEntries([...kept, ...changed]) });
}

/** A deleted role stays known, and its bindings stay: it can come back. */
function remove(call: MethodCall): Promise<CustomRole> {
  const { name, record } = find(call, "delete");
  return write(call, name, { ...record, deletedMs: call.state.clock.nowMs() });
}

function undelete(call: MethodCall): Promise<CustomRole> {
  const { name, record } = find(call, "undelete");
  const { deletedMs: _over, ...role } = record;
  return write(call, name, role);
}

async function write(call: MethodCall, name: string, record: CustomRoleRecord): Promise<CustomRole> {
  await call.state.store.put(customRoleKind, name, record);
  return show({ name, record, etag: etagOf(call, name) });
}

function etagOf({ state }: MethodCall, name: string): string {
  return state.store.get(customRoleKind, name)?.etag ?? "";
}

function show({ name, record: { deletedMs, ...role }, etag }: Found): CustomRole {
  return { name, ...role, etag, ...(deletedMs === undefined ? {} : { deleted: true }) };
}

function readRole(value: unknown): Partial<CustomRoleRecord> {
  const { title, description, includedPermissions, stage } = (value ?? {}) as Record<string, unknown>;
  const permissions = Array.isArray(includedPermissions) ? includedPermissions.map(String) : undefined;
  const unknown = permissions?.find((permission) => !isPermissionName(permission));
  if (unknown !== undefined) throw wrong(`Permission ${unknown} is not valid.`);
  if (stage !== undefined && !roleStages.includes(stage as RoleStage)) {
    throw wrong(`Invalid value at 'role.stage' (${roleStages.join(", ")}): ${JSON.stringify(stage)}`);
  }
  return {
    ...(typeof title === "string" ? { title } : {}),
    ...(typeof description === "string" ? { description } : {}),
    ...(permissions ? { includedPermissions: permissions } : {}),
    ...(stage === undefined ? {} : { stage: stage as RoleStage }),
  };
}

function wrong(message: string): ApiFailure {
  return new ApiFailure("INVALID_ARGUMENT", message);
}
