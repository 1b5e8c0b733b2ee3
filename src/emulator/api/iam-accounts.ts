import { createHash, randomInt } from "node:crypto";
import { formatServiceAccountName, isServiceAccountId, serviceAccountEmail } from "../../google/iam.ts";
import type { ServiceAccount } from "../../google/iam.ts";
import { errorInfo } from "../../google/status.ts";
import { markDeleted, markRestored } from "../policies/deleted-members.ts";
import { accountKeyKind, accountKind, accountSigningKeyKind } from "../state/records.ts";
import type { AccountRecord, PrincipalState } from "../state/records.ts";
import type { State } from "../state/state.ts";
import { holds } from "./caller.ts";
import type { Caller } from "./caller.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { paginate } from "./page.ts";
import { policyMethods } from "./policy-methods.ts";
import { toCamelCase } from "./field-names.ts";
import type { Message } from "./request-message.ts";
import { ApiFailure } from "./route.ts";

const service = "google.iam.admin.v1.IAM";
const account = "/v1/{name=projects/*/serviceAccounts/*}";

const accountMessage: Message = {
  name: "string",
  projectId: "string",
  uniqueId: "string",
  email: "string",
  displayName: "string",
  etag: "bytes",
  description: "string",
  oauth2ClientId: "string",
  disabled: "bool",
};

/** Service accounts of iam.googleapis.com v1. Source: google/iam/admin/v1/iam.proto. */
export const iamAccountMethods: readonly ApiMethod[] = [
  { id: `${service}.ListServiceAccounts`, route: "GET /v1/{name=projects/*}/serviceAccounts", handle: list },
  {
    id: `${service}.CreateServiceAccount`,
    route: "POST /v1/{name=projects/*}/serviceAccounts",
    request: { name: "string", accountId: "string", serviceAccount: accountMessage },
    handle: create,
  },
  { id: `${service}.GetServiceAccount`, route: `GET ${account}`, handle: (call) => show(find(call, "get")) },
  {
    id: `${service}.PatchServiceAccount`,
    route: `PATCH ${account}`,
    request: { serviceAccount: accountMessage, updateMask: "string" },
    handle: patch,
  },
  { id: `${service}.UpdateServiceAccount`, route: `PUT ${account}`, request: accountMessage, handle: update },
  { id: `${service}.DeleteServiceAccount`, route: `DELETE ${account}`, handle: remove },
  {
    id: `${service}.EnableServiceAccount`,
    route: `POST ${account}:enable`,
    handle: (call) => change(call, "enable", "active"),
  },
  {
    id: `${service}.DisableServiceAccount`,
    route: `POST ${account}:disable`,
    handle: (call) => change(call, "disable", "disabled"),
  },
  { id: `${service}.UndeleteServiceAccount`, route: `POST ${account}:undelete`, handle: undelete },
  ...policyMethods({
    service,
    path: "/v1/{resource=projects/*/serviceAccounts/*}",
    getBy: "POST",
    permissionPrefix: "iam.serviceAccounts",
    find: (state, name, caller, permission) => {
      const found = findAccount(state, name, caller, permission);
      return formatServiceAccountName(found.email, found.project);
    },
    denied,
  }),
];

/**
 * The account that a path names, once the caller may do to it what `permission` says.
 *
 * @throws {ApiFailure} `NOT_FOUND`, `PERMISSION_DENIED`.
 */
export function findAccount(state: State, name: string, caller: Caller, permission: string): AccountRecord {
  const [, project = "", , emailOrId = ""] = name.split("/");
  const found = state.findAccount(emailOrId);
  const isThere =
    found && found.state !== "deleted" && (project === "-" || found.project === state.findProject(project)?.id);
  if (!isThere) {
    // Behind the wildcard the caller is not told what exists.
    if (project === "-") throw denied(permission, name);
    if (!state.findProject(project)) throw denied(permission, name);
    throw new ApiFailure("NOT_FOUND", "Unknown service account");
  }
  if (!holds(state, caller, permission, formatServiceAccountName(found.email, found.project)))
    throw denied(permission, name);
  return found;
}

/** The project that a path names, once the caller may do to it what `permission` says. @throws {ApiFailure} `PERMISSION_DENIED`. */
function findProject({ state, caller, path: { name = "" } }: MethodCall, permission: string): string {
  const project = state.findProject(name.slice("projects/".length));
  if (!project || !holds(state, caller, permission, `projects/${project.id}`)) throw denied(permission, name);
  return project.id;
}

function find({ state, path, caller }: MethodCall, verb: string): AccountRecord {
  return findAccount(state, path["name"] ?? "", caller, `iam.serviceAccounts.${verb}`);
}

function list(call: MethodCall): object {
  const project = findProject(call, "iam.serviceAccounts.list");
  const accounts = call.state.store
    .list(accountKind)
    .filter((each) => each.project === project && each.state !== "deleted")
    .map(show);
  return paginate("accounts", accounts, call.call.query);
}

async function create(call: MethodCall): Promise<object> {
  const project = findProject(call, "iam.serviceAccounts.create");
  const { state, body } = call;
  const { accountId, serviceAccount } = body;
  if (typeof accountId !== "string" || !isServiceAccountId(accountId)) {
    throw new ApiFailure(
      "INVALID_ARGUMENT",
      "The account ID must be 6 to 30 characters: lower-case letters, digits and hyphens, a letter first and no hyphen last.",
    );
  }
  const email = serviceAccountEmail(accountId, project);
  const existing = state.findAccount(email);
  if (existing && existing.state !== "deleted") {
    throw new ApiFailure(
      "ALREADY_EXISTS",
      `Service account ${accountId} already exists within project projects/${project}.`,
      [
        {
          "@type": "type.googleapis.com/google.rpc.ResourceInfo",
          resourceName: formatServiceAccountName(email, project),
        },
      ],
    );
  }
  // Another account than any before it with this e-mail, so another id.
  const digits = Array.from({ length: 20 }, () => randomInt(10)).join("");
  const record = { email, project, uniqueId: `1${digits}`, state: "active" as const, ...readTexts(serviceAccount) };
  await state.store.put(accountKind, record.uniqueId, record);
  return show(record);
}

async function patch(call: MethodCall): Promise<object> {
  const { serviceAccount, updateMask } = call.body;
  const mask = typeof updateMask === "string" ? updateMask.split(",") : ["displayName", "description"];
  const fields = mask.map((field) => toCamelCase(field.trim()));
  const texts = Object.entries(readTexts(serviceAccount)).filter(([field]) => fields.includes(field));
  return save(call.state, { ...find(call, "update"), ...Object.fromEntries(texts) });
}

/** The older way to write: the body is the account itself, and what it leaves out is emptied. */
function update(call: MethodCall): Promise<object> {
  const { displayName: _name, description: _description, ...rest } = find(call, "update");
  return save(call.state, { ...rest, ...readTexts(call.body) });
}

async function remove(call: MethodCall): Promise<object> {
  const record = find(call, "delete");
  const { store } = call.state;
  const keys = store.list(accountKeyKind).filter((each) => each.account === record.uniqueId);
  const signing = store.list(accountSigningKeyKind).filter((each) => each.account === record.uniqueId);
  // All at once, so that no half of it is ever kept.
  await Promise.all([
    ...keys.map(({ id }) => store.delete(accountKeyKind, id)),
    ...signing.map(({ kid }) => store.delete(accountSigningKeyKind, kid)),
    save(call.state, { ...record, state: "deleted", deletedMs: call.state.clock.nowMs() }),
    markDeleted(call.state, record.email, record.uniqueId),
  ]);
  return {};
}

/** How long a deleted account can come back. Source: google/iam/admin/v1/iam.proto. */
const undeletableMs = 30 * 86_400_000;

/** By unique id, since the e-mail may be another account's by now. The account's keys do not come back. */
async function undelete(call: MethodCall): Promise<object> {
  const { state, caller, path } = call;
  const [, , , uniqueId = ""] = (path["name"] ?? "").split("/");
  const record = state.store.get(accountKind, uniqueId)?.value;
  const isTooLate = state.clock.nowMs() - (record?.deletedMs ?? 0) > undeletableMs;
  if (record?.state !== "deleted" || isTooLate || state.findAccount(record.email)?.state !== "deleted") {
    throw new ApiFailure("NOT_FOUND", "Unknown service account");
  }
  const permission = "iam.serviceAccounts.undelete";
  if (!holds(state, caller, permission, `projects/${record.project}`)) throw denied(permission, record.email);
  const { deletedMs: _over, ...withoutDeletion } = record;
  const [restoredAccount] = await Promise.all([
    save(state, { ...withoutDeletion, state: "active" }),
    markRestored(state, record.email, record.uniqueId),
  ]);
  return { restoredAccount };
}

async function change(call: MethodCall, verb: string, state: PrincipalState): Promise<object> {
  await save(call.state, { ...find(call, verb), state });
  return {};
}

async function save({ store }: State, record: AccountRecord): Promise<ServiceAccount> {
  await store.put(accountKind, record.uniqueId, record);
  return show(record);
}

function show(record: AccountRecord): ServiceAccount {
  const { email, project, uniqueId, displayName, description, state } = record;
  return {
    name: formatServiceAccountName(email, project),
    projectId: project,
    uniqueId,
    email,
    ...(displayName === undefined ? {} : { displayName }),
    ...(description === undefined ? {} : { description }),
    etag: createHash("sha256").update(JSON.stringify(record)).digest().subarray(0, 8).toString("base64"),
    oauth2ClientId: uniqueId,
    ...(state === "disabled" ? { disabled: true } : {}),
  };
}

function readTexts(value: unknown): { displayName?: string; description?: string } {
  const { displayName, description } = (value ?? {}) as Record<string, unknown>;
  return {
    ...(typeof displayName === "string" ? { displayName } : {}),
    ...(typeof description === "string" ? { description } : {}),
  };
}

function denied(permission: string, name: string): ApiFailure {
  return new ApiFailure("PERMISSION_DENIED", `Permission '${permission}' denied on resource (or it may not exist).`, [
    errorInfo("IAM_PERMISSION_DENIED", { permission, resource: name }, "iam.googleapis.com"),
  ]);
}
