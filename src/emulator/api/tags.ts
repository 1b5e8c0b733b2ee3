import { randomInt } from "node:crypto";
import { numberedName } from "../hierarchy.ts";
import { resourceTagKind, tagKeyKind, tagValueKind } from "../state/records.ts";
import type { TagKeyRecord, TagValueRecord } from "../state/records.ts";
import { namespacedKey } from "../resource-tags.ts";
import type { State } from "../state/state.ts";
import type { Kind } from "../state/store.ts";
import { holds } from "./caller.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { paginate } from "./page.ts";
import { ApiFailure } from "./route.ts";

const service = "google.cloud.resourcemanager.v3";

/**
 * Tag keys and their values in cloudresourcemanager.googleapis.com v3. Source: google/cloud/resourcemanager/v3/tag_keys.proto and
 * tag_values.proto; the error texts are a guess.
 */
export const tagMethods: readonly ApiMethod[] = [
  { id: `${service}.TagKeys.CreateTagKey`, route: "POST /v3/tagKeys", handle: createKey },
  { id: `${service}.TagKeys.ListTagKeys`, route: "GET /v3/tagKeys", handle: listKeys },
  { id: `${service}.TagKeys.GetNamespacedTagKey`, route: "GET /v3/tagKeys/namespaced", handle: namespaced("tagKeys") },
  {
    id: `${service}.TagKeys.GetTagKey`,
    route: "GET /v3/{name=tagKeys/*}",
    handle: (call) => showKey(call.state, findKey(call, "get")),
  },
  { id: `${service}.TagKeys.DeleteTagKey`, route: "DELETE /v3/{name=tagKeys/*}", handle: removeKey },
  { id: `${service}.TagValues.CreateTagValue`, route: "POST /v3/tagValues", handle: createValue },
  { id: `${service}.TagValues.ListTagValues`, route: "GET /v3/tagValues", handle: listValues },
  {
    id: `${service}.TagValues.GetNamespacedTagValue`,
    route: "GET /v3/tagValues/namespaced",
    handle: namespaced("tagValues"),
  },
  {
    id: `${service}.TagValues.GetTagValue`,
    route: "GET /v3/{name=tagValues/*}",
    handle: (call) => showValue(call.state, findValue(call, "get")),
  },
  { id: `${service}.TagValues.DeleteTagValue`, route: "DELETE /v3/{name=tagValues/*}", handle: removeValue },
];

type Named<T> = T & { readonly name: string };

async function createKey(call: MethodCall): Promise<object> {
  const parent = ownerOf(call.state, call.body["parent"]);
  need(call, "resourcemanager.tagKeys.create", parent);
  const key: TagKeyRecord = { parent, ...readNames(call) };
  if (call.state.store.list(tagKeyKind).some((each) => namespacedKey(each) === namespacedKey(key))) throw taken();
  return operation("TagKey", showKey(call.state, await put(call.state, tagKeyKind, "tagKeys", key)));
}

async function createValue(call: MethodCall): Promise<object> {
  const { state } = call;
  const key = findKeyByName(call, String(call.body["parent"]), "resourcemanager.tagValues.create");
  const value: TagValueRecord = { key: key.name, ...readNames(call) };
  if (state.store.list(tagValueKind).some((each) => each.key === key.name && each.shortName === value.shortName))
    throw taken();
  return operation("TagValue", showValue(state, await put(state, tagValueKind, "tagValues", value)));
}

function listKeys(call: MethodCall): object {
  const { state } = call;
  const parent = ownerOf(state, call.call.query.get("parent"));
  need(call, "resourcemanager.tagKeys.list", parent);
  const keys = state.store.entries(tagKeyKind).filter(([, key]) => key.parent === parent);
  return paginate(
    "tagKeys",
    keys.map(([name, key]) => showKey(state, { name, ...key })),
    call.call.query,
  );
}

function listValues(call: MethodCall): object {
  const { state } = call;
  const key = findKeyByName(call, call.call.query.get("parent") ?? "", "resourcemanager.tagValues.list");
  const values = state.store.entries(tagValueKind).filter(([, value]) => value.key === key.name);
  return paginate(
    "tagValues",
    values.map(([name, value]) => showValue(state, { name, ...value })),
    call.call.query,
  );
}

/** By the name that conditions use: `PROJECT_ID/KEY`, `PROJECT_ID/KEY/VALUE`. */
function namespaced(collection: "tagKeys" | "tagValues"): ApiMethod["handle"] {
  return (call) => {
    const wanted = call.call.query.get("name") ?? "";
    const kind: Kind<TagKeyRecord | TagValueRecord> = collection === "tagKeys" ? tagKeyKind : tagValueKind;
    const found = call.state.store.entries(kind).find(([name, record]) => {
      const shown =
        "key" in record ? showValue(call.state, { name, ...record }) : showKey(call.state, { name, ...record });
      return shown.namespacedName === wanted;
    });
    if (!found) throw denied();
    const path = { name: found[0] };
    return collection === "tagKeys"
      ? showKey(call.state, findKey({ ...call, path }, "get"))
      : showValue(call.state, findValue({ ...call, path }, "get"));
  };
}

async function removeKey(call: MethodCall): Promise<object> {
  const key = findKey(call, "delete");
  if (call.state.store.list(tagValueKind).some((value) => value.key === key.name)) {
    throw new ApiFailure("FAILED_PRECONDITION", "Cannot delete tag key that still has values.");
  }
  await call.state.store.delete(tagKeyKind, key.name);
  return operation("TagKey", showKey(call.state, key));
}

async function removeValue(call: MethodCall): Promise<object> {
  const value = findValue(call, "delete");
  if (call.state.store.list(resourceTagKind).some((tags) => tags.some(({ valueId }) => valueId === value.name))) {
    throw new ApiFailure("FAILED_PRECONDITION", "Cannot delete tag value still attached to resources.");
  }
  const shown = showValue(call.state, value);
  await call.state.store.delete(tagValueKind, value.name);
  return operation("TagValue", shown);
}

function findKey(call: MethodCall, verb: string): Named<TagKeyRecord> {
  return findKeyByName(call, call.path["name"] ?? "", `resourcemanager.tagKeys.${verb}`);
}

/** A key that is not there looks like one that the caller may not see. */
function findKeyByName(call: MethodCall, name: string, permission: string): Named<TagKeyRecord> {
  const key = call.state.store.get(tagKeyKind, name)?.value;
  if (!key) throw denied();
  need(call, permission, key.parent);
  return { name, ...key };
}

function findValue(call: MethodCall, verb: string): Named<TagValueRecord> {
  const name = call.path["name"] ?? "";
  const value = call.state.store.get(tagValueKind, name)?.value;
  if (!value) throw denied();
  findKeyByName(call, value.key, `resourcemanager.tagValues.${verb}`);
  return { name, ...value };
}

/** `projects/ID` or `organizations/N`, whichever way a project is written. */
function ownerOf(state: State, parent: unknown): string {
  const [collection = "", id = ""] = String(parent).split("/");
  const project = collection === "projects" ? state.findProject(id) : undefined;
  if (project) return `projects/${project.id}`;
  if (collection === "organizations") return `organizations/${id}`;
  throw denied();
}

function need({ state, caller }: MethodCall, permission: string, resource: string): void {
  if (!holds(state, caller, permission, resource)) throw denied();
}

function readNames({ state, body }: MethodCall): { shortName: string; description?: string; createdMs: number } {
  const { shortName, description } = body;
  if (typeof shortName !== "string" || !/^[A-Za-z\d]([\w.-]{0,254}[A-Za-z\d])?$/.test(shortName)) {
    throw new ApiFailure(
      "INVALID_ARGUMENT",
      "The short name must have 1 to 256 letters, digits, underscores, hyphens and periods, a letter or digit first and last.",
    );
  }
  const createdMs = state.clock.nowMs();
  return { shortName, ...(typeof description === "string" ? { description } : {}), createdMs };
}

async function put<T>({ store }: State, kind: Kind<T>, collection: string, record: T): Promise<Named<T>> {
  const name = `${collection}/2814${Array.from({ length: 11 }, () => randomInt(10)).join("")}`;
  await store.put(kind, name, record);
  return { name, ...record };
}

interface Shown {
  readonly name: string;
  readonly namespacedName: string;
  readonly [member: string]: unknown;
}

function showKey({ store }: State, key: Named<TagKeyRecord>): Shown {
  const { createdMs, ...rest } = key;
  const parent = numberedName(store, key.parent);
  return {
    ...rest,
    parent,
    namespacedName: namespacedKey(key),
    ...timesOf(createdMs),
    etag: store.get(tagKeyKind, key.name)?.etag,
  };
}

function showValue({ store }: State, value: Named<TagValueRecord>): Shown {
  const { createdMs, key, ...rest } = value;
  const owner = store.get(tagKeyKind, key)?.value;
  const namespacedName = `${owner ? namespacedKey(owner) : ""}/${value.shortName}`;
  return {
    ...rest,
    parent: key,
    namespacedName,
    ...timesOf(createdMs),
    etag: store.get(tagValueKind, value.name)?.etag,
  };
}

function timesOf(createdMs: number): object {
  const time = new Date(createdMs).toISOString();
  return { createTime: time, updateTime: time };
}

/** Google's takes a moment; here all is done at once. */
export function operation(type: string, response: object): object {
  const typed = { "@type": `type.googleapis.com/google.cloud.resourcemanager.v3.${type}`, ...response };
  return { name: `operations/rctk.${randomInt(2 ** 47)}`, done: true, response: typed };
}

function taken(): ApiFailure {
  return new ApiFailure("ALREADY_EXISTS", "A tag of this name exists already.");
}

export function denied(): ApiFailure {
  return new ApiFailure("PERMISSION_DENIED", "The caller does not have permission");
}
