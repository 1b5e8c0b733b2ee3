import type { Binding } from "./policy.ts";

/** Policy Analyzer, as far as it is asked who has a permission on a resource. Source: google/cloud/asset/v1/asset_service.proto. */
export const cloudAssetHost = "cloudasset.googleapis.com";

/** Members of the query of `analyzeIamPolicy`. */
export const analysisQuery = {
  resource: "analysisQuery.resourceSelector.fullResourceName",
  permissions: "analysisQuery.accessSelector.permissions",
} as const;

/** Answer of `analyzeIamPolicy`. */
export interface PolicyAnalysis {
  readonly mainAnalysis: {
    readonly analysisResults?: readonly AnalysisResult[];
    readonly fullyExplored?: boolean;
    readonly nonCriticalErrors?: readonly { readonly code: string; readonly cause: string }[];
  };
  /** Absent for no: something could not be looked into. */
  readonly fullyExplored?: boolean;
}

/** One binding that gives what was asked about. */
export interface AnalysisResult {
  /** Whose policy holds it: `//cloudresourcemanager.googleapis.com/organizations/N`. */
  readonly attachedResourceFullName: string;
  readonly iamBinding: Binding;
  readonly accessControlLists: readonly {
    readonly resources: readonly { readonly fullResourceName: string }[];
    readonly accesses: readonly { readonly permission: string }[];
    readonly conditionEvaluation?: { readonly evaluationValue: "TRUE" | "FALSE" | "CONDITIONAL" };
  }[];
  readonly identityList: { readonly identities: readonly { readonly name: string }[] };
  readonly fullyExplored?: boolean;
}
