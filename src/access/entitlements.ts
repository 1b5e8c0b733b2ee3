import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import { callApi } from "../google/call.ts";
import { formatFullResourceName } from "../google/policy-troubleshooter.ts";
import { privilegedAccessHost } from "../google/privileged-access.ts";
import type { Entitlement, EntitlementPage } from "../google/privileged-access.ts";
import { heldBy, readCustomRole } from "./custom-roles.ts";

/** What the caller may ask for by Privileged Access Manager, and have on a project for a time. */
export interface RequestableAccess {
  readonly id: string;
  readonly project: string;
  /** All that its roles hold; those under conditions do not count. */
  readonly permissions: ReadonlySet<string>;
  /** For how long at most: `3600s`. */
  readonly maxDuration: string;
}

/**
 * Lists what the caller may ask for on a project. Nothing where Privileged Access Manager is off or does not answer: it is only one
 * more way. Source: google/cloud/privilegedaccessmanager/v1/privilegedaccessmanager.proto, `SearchEntitlements`.
 */
export async function listRequestableAccess(
  context: Context,
  project: string,
  accessToken: string,
): Promise<readonly RequestableAccess[]> {
  const parent = `projects/${encodeURIComponent(project)}/locations/global`;
  const query = "callerAccessType=GRANT_REQUESTER&pageSize=100";
  try {
    const { entitlements = [] } = await callApi<EntitlementPage>(context.fetch, {
      method: "GET",
      url: `https://${privilegedAccessHost}/v1/${parent}/entitlements:search?${query}`,
      accessToken,
      quotaProject: project,
      signal: context.signal,
    });
    return await Promise.all(
      entitlements
        .filter(({ state }) => state === "AVAILABLE")
        .map(async (each) => ({
          id: each.name.slice(each.name.lastIndexOf("/") + 1),
          project,
          permissions: await permissionsIn(context, each, accessToken),
          maxDuration: each.maxRequestDuration,
        })),
    );
  } catch (error) {
    if (!(error instanceof RunpassError)) throw error;
    context.log.debug(`Privileged Access Manager does not answer: ${error.message}`);
    return [];
  }
}

async function permissionsIn(
  context: Context,
  { privilegedAccess: { gcpIamAccess }, name }: Entitlement,
  accessToken: string,
): Promise<ReadonlySet<string>> {
  const own = formatFullResourceName(name.split("/", 2).join("/"));
  const roles = gcpIamAccess.roleBindings.filter(({ conditionExpression = "" }) => conditionExpression === "");
  if (gcpIamAccess.resource !== own) return new Set();
  const held = await Promise.all(
    roles.map(async ({ role }) => heldBy(role, new Map()) ?? readCustomRole(context, role, accessToken)),
  );
  return new Set(held.flatMap((permissions) => [...(permissions ?? [])]));
}
