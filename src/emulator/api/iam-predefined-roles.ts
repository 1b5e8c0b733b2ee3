import { createHash } from "node:crypto";
import { isKnownRole, knownRoles, permissionsOf } from "../../google/roles.ts";
import type { ApiMethod } from "./method.ts";
import { paginate } from "./page.ts";
import { ApiFailure } from "./route.ts";

const service = "google.iam.admin.v1.IAM";

/**
 * Google's own roles and permissions in iam.googleapis.com v1, as far as the emulator knows them: those of Cloud Run, IAM and what
 * is around them. Nobody needs a permission to look at them. Source: google/iam/admin/v1/iam.proto.
 */
export const iamPredefinedRoleMethods: readonly ApiMethod[] = [
  {
    id: `${service}.ListRoles`,
    route: "GET /v1/roles",
    handle: ({ call: { query } }) => list(query),
  },
  {
    id: `${service}.GetRole`,
    route: "GET /v1/{name=roles/*}",
    handle: ({ path: { name = "" } }) => {
      if (!isKnownRole(name)) throw new ApiFailure("NOT_FOUND", `The role named ${name} was not found.`);
      return show(name, true);
    },
  },
  {
    id: `${service}.QueryGrantableRoles`,
    route: "POST /v1/roles:queryGrantableRoles",
    handle: ({ body }) => list(new URLSearchParams(body as Record<string, string>)),
  },
  {
    id: `${service}.QueryTestablePermissions`,
    route: "POST /v1/permissions:queryTestablePermissions",
    handle: () => {
      const names = new Set(knownRoles().flatMap((role) => [...permissionsOf(role)]));
      return { permissions: [...names].toSorted().map((name) => ({ name, stage: "GA" })) };
    },
  },
];

function list(query: URLSearchParams): object {
  const isFull = query.get("view") === "FULL";
  const roles = knownRoles().map((name) => show(name, isFull));
  return paginate("roles", roles, query);
}

function show(name: string, isFull: boolean): object {
  const includedPermissions = [...permissionsOf(name)].toSorted();
  return {
    name,
    title: name.slice("roles/".length),
    description: "Of its permissions those that the emulator knows.",
    ...(isFull ? { includedPermissions } : {}),
    stage: "GA",
    etag: createHash("sha256").update(includedPermissions.join()).digest().subarray(0, 8).toString("base64"),
  };
}
