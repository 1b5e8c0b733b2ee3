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
  const text = typeof expression === "string" ? expression : "";
  await loadConditions();
  const fault = findFault(text);
  if (fault === undefined) return {};
  return {
    lintResults: [
      {
        level: "CONDITION",
        validationUnitName: "LintValidationUnits/ConditionCompileCheck",
        severity: "ERROR",
        fieldName: "condition.expression",
        ...offsetOf(fault, text),
        debugMessage: fault,
      },
    ],
  };
}

/** From the line and column in a message of CEL's. */
function offsetOf(fault: string, text: string): { readonly locationOffset?: number } {
  const place = /:(\d+):(\d+): /.exec(fault);
  if (!place) return {};
  const before = text.split("\n").slice(0, Number(place[1]) - 1);
  return { locationOffset: before.reduce((sum, line) => sum + line.length + 1, Number(place[2]) - 1) };
}
