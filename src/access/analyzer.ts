import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import { callApi } from "../google/call.ts";
import type { Binding } from "../google/policy.ts";
import { analysisQuery, cloudAssetHost } from "../google/policy-analyzer.ts";
import type { PolicyAnalysis } from "../google/policy-analyzer.ts";
import { formatFullResourceName, parseFullResourceName } from "../google/policy-troubleshooter.ts";
import { policyOf } from "./levels.ts";
import type { Level, Levels } from "./levels.ts";
import { resourceName } from "./resource.ts";
import type { Resource } from "./resource.ts";

/** Levels of which Policy Analyzer told what could not be read. */
export interface AnalyzedLevels extends Levels {
  /** Their resources: `organizations/N`. */
  readonly analyzed: readonly string[];
}

/**
 * Asks Policy Analyzer for bindings by which somebody has a permission on a service, where policies above it could not be read.
 * What comes back is good for that permission alone. Nothing changes where it does not answer, or not in full.
 * Source: google/cloud/asset/v1/asset_service.proto, `AnalyzeIamPolicy`.
 *
 * @param levels of the service, its own first.
 */
export async function analyzeHiddenLevels(
  context: Context,
  levels: Levels,
  service: Resource & { readonly kind: "service" },
  permission: string,
  accessToken: string,
): Promise<AnalyzedLevels> {
  const hidden = levels.levels.filter(({ policy }) => !policy);
  const highest = hidden.at(-1);
  if (!highest) return { ...levels, analyzed: [] };
  const query = new URLSearchParams([
    [analysisQuery.resource, formatFullResourceName(resourceName(service))],
    [analysisQuery.permissions, permission],
  ]);
  try {
    const answer = await callApi<PolicyAnalysis>(context.fetch, {
      method: "GET",
      // Only policies of the scope itself and of what is in it are analysed.
      url: `https://${cloudAssetHost}/v1/${resourceName(highest.resource)}:analyzeIamPolicy?${query.toString()}`,
      accessToken,
      quotaProject: service.name.project,
      signal: context.signal,
    });
    if (answer.fullyExplored === true) return withAnalysis(levels, hidden, answer, permission);
  } catch (error) {
    if (!(error instanceof RunpassError)) throw error;
    // It needs roles that few have; what could not be read is named all the same.
    context.log.debug(`Policy Analyzer does not answer: ${error.message}`);
  }
  return { ...levels, analyzed: [] };
}

function withAnalysis(
  { levels, unread, roles }: Levels,
  hidden: readonly Level[],
  { mainAnalysis: { analysisResults = [] } }: PolicyAnalysis,
  permission: string,
): AnalyzedLevels {
  const bindingsOf = (level: Level): readonly Binding[] =>
    analysisResults
      .filter((result) => parseFullResourceName(result.attachedResourceFullName) === resourceName(level.resource))
      .map(({ iamBinding }) => iamBinding);
  const told = hidden.flatMap(bindingsOf);
  const policies = hidden.map(({ resource }) => policyOf(resource));
  return {
    levels: levels.map((level) =>
      hidden.includes(level) ? { ...level, policy: { bindings: bindingsOf(level) } } : level,
    ),
    unread: unread.filter(({ what }) => !policies.includes(what)),
    roles: new Map([...told.map(({ role }) => [role, new Set([permission])] as const), ...roles]),
    analyzed: hidden.map(({ resource }) => resourceName(resource)),
  };
}
