import type { Context } from "../core/context.ts";
import { analyzeHiddenLevels } from "./analyzer.ts";
import { accountOf, listImpersonators } from "./impersonators.ts";
import { heldBy } from "./custom-roles.ts";
import { createEvaluator } from "./effective.ts";
import type { ImpersonatorRow } from "./impersonators.ts";
import { createLevelReader } from "./levels.ts";
import type { Levels, Unread } from "./levels.ts";
import { explainPolicyError, policyPermissions } from "./policy-error.ts";
import { readPolicy, resourceName } from "./resource.ts";
import type { Resource } from "./resource.ts";
import { isSameBinding, rowsWith } from "./rows.ts";
import type { PermissionRow } from "./rows.ts";

/** Who can call a service, as far as could be read. */
export interface Access {
  /** `projects/P/locations/L/services/S`. */
  readonly service: string;
  /** Anyone at all, without a token: `allUsers`, or the invoker check is off. */
  readonly public: boolean;
  /** Who may call, by bindings on any level. */
  readonly rows: readonly PermissionRow[];
  /** Who can act as a service account of those. */
  readonly impersonators: readonly ImpersonatorRow[];
  /** There are more such accounts than were followed. */
  readonly isCut: boolean;
  /** Who could let themselves in, by writing the policy of some level. */
  readonly givers: readonly PermissionRow[];
  /** What could not be read, and what would let it be read. */
  readonly unread: readonly Unread[];
  /** Levels that could not be read, of which Policy Analyzer told who may call by them. */
  readonly analyzed: readonly string[];
  /** What who may call was worked out from: good for that alone. */
  readonly levels: Levels;
}

/** The permission that a call of a service takes. */
export const invokePermission = "run.routes.invoke";

/**
 * Lists who can call a service: by its own policy, its project's, its folders' and its organisation's, by acting as a service
 * account, and who could give it to themselves.
 *
 * @param invokerIamDisabled as Cloud Run Admin tells of the service.
 * @throws {RunpassError} when not even the service's own policy can be read.
 */
export async function listAccess(
  context: Context,
  service: Resource & { readonly kind: "service" },
  accessToken: string,
  invokerIamDisabled = false,
): Promise<Access> {
  const read = createLevelReader(context, accessToken);
  const found = await read(service);
  if (!found.levels[0]?.policy) await throwRefusal(context, service, accessToken);
  const nowMs = context.clock.nowMs();
  const { analyzed, ...levels } = await analyzeHiddenLevels(context, found, service, invokePermission, accessToken);
  const rows = rowsWith(invokePermission, levels, { evaluator: await createEvaluator(levels), nowMs });
  const accounts = rows.flatMap(({ member, counts }) => (counts === "no" ? [] : accountOf(member)));
  const impersonators = await listImpersonators(context, [...new Set(accounts)], read);
  return {
    service: resourceName(service),
    public: invokerIamDisabled || rows.some(({ member, counts }) => member === "allUsers" && counts === "yes"),
    rows,
    impersonators: impersonators.rows,
    isCut: impersonators.isCut,
    givers: listGivers(found, { evaluator: await createEvaluator(found), nowMs }),
    unread: distinct([...found.unread, ...impersonators.unread]),
    analyzed,
    levels,
  };
}

/** Reads it once more for Google's own words of why it cannot be read. */
async function throwRefusal(context: Context, service: Resource, accessToken: string): Promise<void> {
  try {
    await readPolicy(context, service, accessToken);
  } catch (error) {
    throw explainPolicyError(error, service, "read");
  }
}

/** Whoever may write the policy of a level, by a binding on that level or above it. */
function listGivers({ levels, unread, roles }: Levels, rowContext: Parameters<typeof rowsWith>[2]): PermissionRow[] {
  const rows: PermissionRow[] = [];
  for (const [index, { resource }] of levels.entries()) {
    const permission = policyPermissions[resource.kind].write;
    for (const row of rowsWith(permission, { levels: levels.slice(index), unread, roles }, rowContext)) {
      const isKnown = rows.some((each) => isSameBinding(each, row));
      // A custom role that could not be read may hold anything: once, among those who may call, is enough.
      if (!isKnown && heldBy(row.role, roles)) rows.push(row);
    }
  }
  return rows;
}

function distinct(unread: readonly Unread[]): readonly Unread[] {
  return [...new Map(unread.map((each) => [each.what, each])).values()];
}
