import { createHash } from "node:crypto";
import type { GroupLookup, MembershipCheck } from "../../google/cloud-identity.ts";
import { findGroups } from "../principals.ts";
import { groupKind } from "../state/records.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { ApiFailure } from "./route.ts";

const groups = "google.apps.cloudidentity.groups.v1.GroupsService";
const memberships = "google.apps.cloudidentity.groups.v1.MembershipsService";

/** cloudidentity.googleapis.com v1, as far as memberships are looked up. Source: the API's discovery document. */
export const cloudIdentityMethods: readonly ApiMethod[] = [
  { id: `${groups}.LookupGroupName`, route: "GET /v1/groups:lookup", handle: lookUp },
  {
    id: `${memberships}.CheckTransitiveMembership`,
    route: "GET /v1/{parent=groups/*}/memberships:checkTransitiveMembership",
    handle: checkMembership,
  },
];

function lookUp(call: MethodCall): GroupLookup {
  const email = (call.call.query.get("groupKey.id") ?? "").toLowerCase();
  if (!call.state.store.get(groupKind, email) || !seesGroup(call, email)) throw denied(email);
  return { name: nameOf(email) };
}

function checkMembership(call: MethodCall): MembershipCheck {
  const { parent = "" } = call.path;
  const group = call.state.store.list(groupKind).find(({ email }) => nameOf(email) === parent);
  if (!group || !seesGroup(call, group.email)) throw denied(parent);
  const member = /^\s*member_key_id\s*==\s*(['"])(.+)\1\s*$/.exec(call.call.query.get("query") ?? "")?.[2];
  if (member === undefined) throw new ApiFailure("INVALID_ARGUMENT", "Request contains an invalid argument.");
  // Google leaves a false out.
  return findGroups(call.state.store, member.replaceAll("\\'", "'").toLowerCase()).has(group.email)
    ? { hasMembership: true }
    : {};
}

/** Whether the caller may look into a group: see the fact `group-visibility`. */
export function seesGroup({ state, caller: { principal } }: MethodCall, group: string): boolean {
  if (principal.kind === "federated") return false;
  const domain = group.slice(group.lastIndexOf("@"));
  const isColleague = principal.kind === "user" && principal.email.endsWith(domain);
  return isColleague || findGroups(state.store, principal.email).has(group);
}

/** Google's ids are as opaque. */
function nameOf(email: string): string {
  return `groups/0${createHash("sha256").update(email).digest("hex").slice(0, 14)}`;
}

/** A group that is not there looks like one that the caller may not see. Source: observed. */
function denied(resource: string): ApiFailure {
  return new ApiFailure(
    "PERMISSION_DENIED",
    `Error(2028): Permission denied for resource ${resource} (or it may not exist).`,
  );
}
