import type { Condition } from "../google/policy.ts";

/** A grant that ends by itself. */
export interface Expiry {
  /** Milliseconds since the Unix epoch; IAM is told whole seconds. */
  readonly untilMs: number;
  /** Who grants it, for the title. */
  readonly by: string;
  /** Why, for the title. */
  readonly reason?: string | undefined;
}

/** IAM's own limits are not in its schema; gcloud's and the console's forms take so much. */
const longestTitle = 100;
const longestDescription = 256;

/** The condition under which a binding counts until a moment. Its title says who granted it and why. */
export function expiryCondition({ untilMs, by, reason }: Expiry): Condition {
  const until = new Date(untilMs).toISOString().replace(/\.\d+Z$/, "Z");
  const title = reason === undefined ? `granted by ${by}` : `${reason} (by ${by})`;
  const isLong = title.length > longestTitle;
  return {
    title: isLong ? `${title.slice(0, longestTitle - 1)}…` : title,
    ...(isLong ? { description: title.slice(0, longestDescription) } : {}),
    expression: `request.time < timestamp("${until}")`,
  };
}

/** Whether a condition has just the form that {@link expiryCondition} gives it. */
export function isPlainExpiry({ expression }: Condition): boolean {
  return /^request\.time < timestamp\("[\dTZ:-]+"\)$/.test(expression);
}
