import { ownerOfRole } from "../../google/custom-role.ts";
import type { Binding } from "../../google/policy.ts";
import { analysisQuery } from "../../google/policy-analyzer.ts";
import type { AnalysisResult, PolicyAnalysis } from "../../google/policy-analyzer.ts";
import { formatFullResourceName, parseFullResourceName } from "../../google/policy-troubleshooter.ts";
import { permissionsOf } from "../../google/roles.ts";
import { ancestorsOf, nodeOf, policyLevels } from "../hierarchy.ts";
import { holds } from "./caller.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { ApiFailure } from "./route.ts";

/**
 * Policy Analyzer of Cloud Asset Inventory: which bindings within an organisation, folder or project give permissions on a resource.
 * Deny policies and members of groups are left out, as Google does unless it is asked for them. Source:
 * google/cloud/asset/v1/asset_service.proto; Policy Intelligence documentation, "Analyze allow policies".
 */
export const policyAnalyzerMethods: readonly ApiMethod[] = [
  {
    id: "google.cloud.asset.v1.AssetService.AnalyzeIamPolicy",
    route: "GET /v1/{scope=*/*}:analyzeIamPolicy",
    handle: analyze,
  },
];

const neededPermissions = ["analyzeIamPolicy", "searchAllResources", "searchAllIamPolicies"];

function analyze(call: MethodCall): PolicyAnalysis {
  const { state, caller, path, call: request } = call;
  const scope = nameOf(call, path["scope"] ?? "");
  const mayAsk = neededPermissions.every((verb) => holds(state, caller, `cloudasset.assets.${verb}`, scope));
  if (!nodeOf(state.store, scope) || !mayAsk) {
    throw new ApiFailure("PERMISSION_DENIED", `The caller does not have permission on ${scope} (or it may not exist).`);
  }
  const fullResourceName = request.query.get(analysisQuery.resource) ?? "";
  const resource = nameOf(call, parseFullResourceName(fullResourceName) ?? "");
  const permissions = request.query.getAll(analysisQuery.permissions);
  if (resource === "" || permissions.length === 0) {
    throw new ApiFailure("INVALID_ARGUMENT", "The emulator analyses permissions on one resource: name both.");
  }
  const levels = policyLevels(state.store, resource).filter(({ resource: name }) =>
    ancestorsOf(state.store, name).includes(scope),
  );
  const hidden = new Set<string>();
  const analysisResults = levels.flatMap((level) =>
    (level.policy.bindings ?? []).flatMap((binding): AnalysisResult[] => {
      const owner = ownerOfRole(binding.role);
      if (owner !== undefined && !holds(state, caller, "iam.roles.get", owner)) {
        hidden.add(binding.role);
        return [];
      }
      const held = level.customRoles?.get(binding.role) ?? permissionsOf(binding.role);
      const given = permissions.filter((permission) => held.has(permission));
      return given.length === 0 ? [] : [resultOf(level.resource, binding, fullResourceName, given)];
    }),
  );
  const fullyExplored = hidden.size === 0;
  const nonCriticalErrors = [...hidden].map((role) => ({
    code: "PERMISSION_DENIED",
    cause: `Role ${role} is hidden.`,
  }));
  return {
    mainAnalysis: { analysisResults, ...(fullyExplored ? { fullyExplored } : { nonCriticalErrors }) },
    ...(fullyExplored ? { fullyExplored } : {}),
  };
}

/** Conditions are not evaluated without what they ask for. */
function resultOf(
  attached: string,
  binding: Binding,
  fullResourceName: string,
  permissions: readonly string[],
): AnalysisResult {
  return {
    attachedResourceFullName: formatFullResourceName(attached),
    iamBinding: binding,
    accessControlLists: [
      {
        resources: [{ fullResourceName }],
        accesses: permissions.map((permission) => ({ permission })),
        ...(binding.condition ? { conditionEvaluation: { evaluationValue: "CONDITIONAL" } } : {}),
      },
    ],
    identityList: { identities: binding.members.map((name) => ({ name })) },
    fullyExplored: true,
  };
}

/** Projects are kept by their ids. */
function nameOf({ state }: MethodCall, name: string): string {
  const [collection, id = "", ...rest] = name.split("/");
  const project = collection === "projects" ? state.findProject(id) : undefined;
  return project ? ["projects", project.id, ...rest].join("/") : name;
}
