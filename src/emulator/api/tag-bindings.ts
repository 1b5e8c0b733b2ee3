import type { ResourceTag } from "../../gate/view.ts";
import { ancestorsOf, nodeOf } from "../hierarchy.ts";
import { resourceTagKind, tagValueKind } from "../state/records.ts";
import { serviceKind } from "../run/records.ts";
import { tagOfValue } from "../resource-tags.ts";
import type { State } from "../state/state.ts";
import { holds } from "./caller.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { paginate } from "./page.ts";
import { ApiFailure } from "./route.ts";
import { denied, operation } from "./tags.ts";
import { decodePath } from "./template.ts";

const service = "google.cloud.resourcemanager.v3";

/**
 * Tags on services, projects, folders and organisations, in cloudresourcemanager.googleapis.com v3 and, for what has a region, at
 * the API's regional hosts. Source: google/cloud/resourcemanager/v3/tag_bindings.proto.
 */
export const tagBindingMethods: readonly ApiMethod[] = [
  { id: `${service}.TagBindings.CreateTagBinding`, route: "POST /v3/tagBindings", handle: create },
  { id: `${service}.TagBindings.ListTagBindings`, route: "GET /v3/tagBindings", handle: list },
  { id: `${service}.TagBindings.DeleteTagBinding`, route: "DELETE /v3/{name=tagBindings/**}", handle: remove },
  { id: `${service}.TagBindings.ListEffectiveTags`, route: "GET /v3/effectiveTags", handle: listEffective },
];

async function create(call: MethodCall): Promise<object> {
  const { state, body } = call;
  const parent = String(body["parent"]);
  const resource = authorize(call, parent, "create");
  const tag = findTag(state, body);
  if (!tag) throw denied();
  const bound = state.store.get(resourceTagKind, resource)?.value ?? [];
  const other = bound.find(({ keyId }) => keyId === tag.keyId);
  if (other) {
    throw new ApiFailure(
      "ALREADY_EXISTS",
      `The resource has the value ${other.value} of the tag key ${tag.key} already.`,
    );
  }
  await state.store.put(resourceTagKind, resource, [...bound, tag]);
  return operation("TagBinding", show(parent, tag));
}

/** By the value's permanent name, or by the one that conditions use. */
function findTag({ store }: State, { tagValue, tagValueNamespacedName }: MethodCall["body"]): ResourceTag | undefined {
  if (typeof tagValue === "string" && tagValue !== "") return tagOfValue(store, tagValue);
  return store
    .entries(tagValueKind)
    .map(([name]) => tagOfValue(store, name))
    .find((tag) => tag && `${tag.key}/${tag.value}` === tagValueNamespacedName);
}

function list(call: MethodCall): object {
  const parent = call.call.query.get("parent") ?? "";
  const tags = call.state.store.get(resourceTagKind, authorize(call, parent, "list"))?.value ?? [];
  return paginate(
    "tagBindings",
    tags.map((tag) => show(parent, tag)),
    call.call.query,
  );
}

async function remove(call: MethodCall): Promise<object> {
  const [, parent = "", valueId = ""] = /^tagBindings\/(.+)\/(tagValues\/\d+)$/.exec(call.path["name"] ?? "") ?? [];
  // A binding's name holds its parent escaped: gcloud escapes it once more in the path, others do not.
  const resource = authorize(call, decodePath(parent) ?? "", "delete");
  const { store } = call.state;
  const bound = store.get(resourceTagKind, resource)?.value ?? [];
  if (!bound.some((tag) => tag.valueId === valueId)) throw denied();
  const rest = bound.filter((tag) => tag.valueId !== valueId);
  await (rest.length > 0 ? store.put(resourceTagKind, resource, rest) : store.delete(resourceTagKind, resource));
  return operation("TagBinding", {});
}

/** Those of the resource and what it inherits: of each key the nearest value. */
function listEffective(call: MethodCall): object {
  const resource = authorize(call, call.call.query.get("parent") ?? "", "list");
  const { store } = call.state;
  const tags = new Map<string, object>();
  for (const name of ancestorsOf(store, resource)) {
    for (const { key, value, keyId, valueId } of store.get(resourceTagKind, name)?.value ?? []) {
      if (tags.has(key)) continue;
      const namespacedTagValue = `${key}/${value}`;
      tags.set(key, {
        tagValue: valueId,
        namespacedTagValue,
        tagKey: keyId,
        namespacedTagKey: key,
        inherited: name !== resource,
      });
    }
  }
  return paginate("effectiveTags", [...tags.values()], call.call.query);
}

/** The resource that a full name means, once the caller may do to its tags what `verb` says. */
function authorize({ state, caller }: MethodCall, fullName: string, verb: "create" | "list" | "delete"): string {
  const resource = findResource(state, fullName);
  const isService = resource?.includes("/services/");
  const permission = isService
    ? `run.services.${verb === "list" ? "listTagBindings" : `${verb}TagBinding`}`
    : `resourcemanager.hierarchyNodes.${verb === "list" ? "listTagBindings" : `${verb}TagBinding`}`;
  if (resource === undefined || !holds(state, caller, permission, resource)) throw denied();
  return resource;
}

/** `//run.googleapis.com/projects/P/locations/L/services/S` or `//cloudresourcemanager.googleapis.com/projects/P`, P id or number. */
function findResource(state: State, fullName: string): string | undefined {
  const [, host = "", path = ""] = /^\/\/([^/]+)\/(.+)$/.exec(fullName) ?? [];
  const named = path.replace(/^projects\/([^/]+)/, (whole, id: string) => {
    const project = state.findProject(id);
    return project ? `projects/${project.id}` : whole;
  });
  if (host === "run.googleapis.com") return state.store.get(serviceKind, named) ? named : undefined;
  return host === "cloudresourcemanager.googleapis.com" && nodeOf(state.store, named) ? named : undefined;
}

function show(parent: string, { key, value, valueId }: ResourceTag): object {
  const name = `tagBindings/${encodeURIComponent(parent)}/${valueId}`;
  return { name, parent, tagValue: valueId, tagValueNamespacedName: `${key}/${value}` };
}
