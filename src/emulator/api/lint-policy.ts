import { findFault, loadConditions } from "../../gate/condition.ts";
import type { ApiMethod, MethodCall } from "./method.ts";

/**
 * The linter to which gcloud sends people whose condition is refused: it says what the write says. Source: google/iam/admin/v1,
 * the API's discovery document; of the validation units only the compiler's is here.
 */
export const lintPolicyMethods: readonly ApiMethod[] = [
  { id: "google.iam.admin.v1.IAM.LintPolicy", route: "POST /v1/iamPolicies:lintPolicy", handle: lint },
];

async function lint({ body }: MethodCall): Promise<object> {
  const { expression } = (body["condition"] ?? {}) as { expression?: unknown };
  await loadConditions();
  const fault = findFault(typeof expression === "string" ? expression : "");
  if (fault === undefined) return {};
  const column = /:1:(\d+): /.exec(fault)?.[1];
  return {
    lintResults: [
      {
        level: "CONDITION",
        validationUnitName: "LintValidationUnits/ConditionCompileCheck",
        severity: "ERROR",
        fieldName: "condition.expression",
        ...(column === undefined ? {} : { locationOffset: Number(column) - 1 }),
        debugMessage: fault,
      },
    ],
  };
}
