/** An IAM allow policy as it goes over the wire. Source: google/iam/v1/policy.proto. */
export interface Policy {
  /** 0 and 1 hold no conditions, 3 may. */
  readonly version?: number;
  readonly bindings?: readonly Binding[];
  /** Base64. Sent back with a write, it makes the write fail if the policy changed meanwhile. */
  readonly etag?: string;
  readonly auditConfigs?: readonly unknown[];
}

/** One role for a list of members, under a condition or not. Source: google/iam/v1/policy.proto. */
export interface Binding {
  /** `roles/run.invoker`, `projects/P/roles/R` or `organizations/N/roles/R`. */
  readonly role: string;
  /** Principals in IAM's form, for example `user:dev@example.com`. */
  readonly members: readonly string[];
  readonly condition?: Condition;
}

/** A CEL condition of a binding. Source: google/type/expr.proto. */
export interface Condition {
  readonly expression: string;
  readonly title?: string;
  readonly description?: string;
  readonly location?: string;
}

/** Whether two bindings are one and the same but for their members: same role, same condition. */
export function isSameBinding(a: Pick<Binding, "role" | "condition">, b: Pick<Binding, "role" | "condition">): boolean {
  return (
    a.role === b.role &&
    (a.condition?.expression ?? "") === (b.condition?.expression ?? "") &&
    (a.condition?.title ?? "") === (b.condition?.title ?? "") &&
    (a.condition?.description ?? "") === (b.condition?.description ?? "")
  );
}
