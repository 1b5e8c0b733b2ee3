import { createHash } from "node:crypto";
import type { ResourceTag } from "../gate/view.ts";
import { resourceTagKind, tagKeyKind, tagValueKind } from "./state/records.ts";
import type { TagKeyRecord } from "./state/records.ts";
import type { Store } from "./state/store.ts";
import type { WorldNode } from "./world/world.ts";

/** Binds tags to a resource of a world, and makes their keys and values. Their permanent ids are the same for the same names. */
export function addResourceTags(store: Store, resource: string, tags: WorldNode["resourceTags"], nowMs: number): void {
  const bound = Object.entries(tags ?? {}).map(([key, value]) => {
    const [owner = "", shortName = ""] = key.split("/");
    const parent = /^\d+$/.test(owner) ? `organizations/${owner}` : `projects/${owner}`;
    const keyId = `tagKeys/${permanentId(key)}`;
    const valueId = `tagValues/${permanentId(`${key}/${value}`)}`;
    if (!store.get(tagKeyKind, keyId)) void store.put(tagKeyKind, keyId, { parent, shortName, createdMs: nowMs });
    if (!store.get(tagValueKind, valueId)) {
      void store.put(tagValueKind, valueId, { key: keyId, shortName: value, createdMs: nowMs });
    }
    return { key, value, keyId, valueId };
  });
  if (bound.length > 0) void store.put(resourceTagKind, resource, bound);
}

/** A tag key as conditions name it: `ORGANISATION_NUMBER/KEY` or `PROJECT_ID/KEY`. */
export function namespacedKey({ parent, shortName }: TagKeyRecord): string {
  return `${parent.split("/")[1]}/${shortName}`;
}

/** The tag that a value is, as it hangs on resources; `undefined` where there is no such value. */
export function tagOfValue(store: Store, valueId: string): ResourceTag | undefined {
  const value = store.get(tagValueKind, valueId)?.value;
  const key = value && store.get(tagKeyKind, value.key)?.value;
  return key && { key: namespacedKey(key), value: value.shortName, keyId: value.key, valueId };
}

/** Fifteen digits. */
function permanentId(name: string): string {
  const digest = createHash("sha256").update(name).digest("hex");
  return `28${BigInt(`0x${digest}`).toString().slice(0, 13)}`;
}
