import { findFault, loadConditions } from "../../gate/condition.ts";
import type { Binding } from "../../google/policy.ts";
import { ApiFailure } from "../api/route.ts";

const basicRoles = ["roles/owner", "roles/editor", "roles/viewer"];

/**
 * Refuses a binding whose condition IAM would not store. Google's texts are not published.
 *
 * @throws {ApiFailure} `INVALID_ARGUMENT`.
 */
export async function checkConditions(bindings: readonly Binding[]): Promise<void> {
  if (!bindings.some(({ condition }) => condition)) return;
  await loadConditions();
  for (const binding of bindings) {
    const fault = findConditionFault(binding);
    if (fault !== undefined) throw new ApiFailure("INVALID_ARGUMENT", fault);
  }
}

/**
 * What is wrong with a binding's condition, once conditions are loaded. Basic roles take none, nor do bindings for everyone.
 * Source: IAM documentation, "Overview of IAM Conditions", "Conditions in allow policies".
 */
export function findConditionFault({ role, members, condition }: Binding): string | undefined {
  if (!condition) return undefined;
  const { title, expression } = condition;
  if (basicRoles.includes(role)) return `Conditions cannot be set on the basic role ${role}.`;
  const everyone = members.find((member) => member === "allUsers" || member === "allAuthenticatedUsers");
  if (everyone !== undefined) return `Conditions cannot be set on a binding for ${everyone}.`;
  if (!title) return `The condition of ${role} has no title.`;
  const fault = findFault(expression);
  return fault === undefined ? undefined : `The condition expression of ${role} is invalid: ${fault}`;
}
