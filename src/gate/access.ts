import { findGrants, memberNames } from "./allow.ts";
import type { Grant } from "./allow.ts";
import { evaluateCondition } from "./condition.ts";
import type { ConditionContext, Verdict } from "./condition.ts";
import { findDenials } from "./deny.ts";
import type { Denial } from "./deny.ts";
import type { FederatedPrincipal, PolicyLevel, Principal, ResourceTag } from "./view.ts";

/** What IAM documents in two ways. */
export interface AccessOptions {
  /**
   * Whether a deny rule applies whose condition cannot be evaluated. Its proto says no, the documentation says yes. Default
   * true: who is refused here looks into it.
   */
  readonly denyIfUnevaluable?: boolean;
}

/** Whether somebody has a permission, and through what. */
export type Access =
  | { readonly outcome: "allowed"; readonly grant: Grant }
  | { readonly outcome: "denied"; readonly denial: Denial; readonly verdict: Verdict }
  /** Nothing gives it; `grant` would, but for its condition. */
  | { readonly outcome: "none"; readonly grant?: Grant; readonly verdict?: Verdict };

/** Who asks for what: what the answer hangs on besides the time. */
export interface AccessQuestion {
  readonly levels: readonly PolicyLevel[];
  /** `undefined` for someone unknown. It must be active. */
  readonly principal: Principal | FederatedPrincipal | undefined;
  /** E-mails, in lower case, of the groups that the principal is in. */
  readonly groups: ReadonlySet<string>;
  /** For example `run.routes.invoke`. */
  readonly permission: string;
}

/** The rules that bear on a question: what is left of it once all but its conditions is decided. */
export interface Standing {
  readonly denials: readonly Denial[];
  readonly grants: readonly Grant[];
  readonly tags: readonly ResourceTag[];
  /** Whether conditions have a say, so that the answer may change with time. */
  readonly isConditional: boolean;
}

/** Gathers the rules that bear on a question. Nothing is evaluated. */
export function findStanding({ levels, principal, groups, permission }: AccessQuestion): Standing {
  const denials = findDenials(levels, principal, groups, permission);
  const denial = denials.find(({ rule }) => !rule.denialCondition);
  if (denial) return { denials: [denial], grants: [], tags: [], isConditional: false };
  const grants = findGrants(levels, memberNames(principal, groups), permission);
  const isConditional = denials.length > 0 || grants.some(({ binding }) => binding.condition);
  return { denials, grants, tags: isConditional ? effectiveTags(levels) : [], isConditional };
}

/**
 * Decides: deny rules first, then what grants. Source: IAM documentation, "Policy evaluation".
 *
 * @param nowMs Milliseconds since the Unix epoch.
 */
export function decideAccess(
  { denials, grants, tags }: Standing,
  nowMs: number,
  { denyIfUnevaluable = true }: AccessOptions = {},
): Access {
  const context: ConditionContext = { nowMs, tags };
  for (const denial of denials) {
    const verdict = judge(denial.rule.denialCondition, context);
    if (verdict.outcome === "holds" || (verdict.outcome === "error" && denyIfUnevaluable)) {
      return { outcome: "denied", denial, verdict };
    }
  }
  let missed: Access = { outcome: "none" };
  for (const grant of grants) {
    const verdict = judge(grant.binding.condition, context);
    if (verdict.outcome === "holds") return { outcome: "allowed", grant };
    if (missed.verdict?.outcome !== "error") missed = { outcome: "none", grant, verdict };
  }
  return missed;
}

const unconditional: Verdict = { outcome: "holds" };

function judge(condition: { readonly expression: string } | undefined, context: ConditionContext): Verdict {
  return condition ? evaluateCondition(condition.expression, context) : unconditional;
}

/** The tags of a resource: for each key the value that is bound nearest to it. Source: Resource Manager documentation, "Tags overview". */
export function effectiveTags(levels: readonly PolicyLevel[]): ResourceTag[] {
  const byKey = new Map<string, ResourceTag>();
  for (const { tags = [] } of levels) {
    for (const tag of tags) if (!byKey.has(tag.key)) byKey.set(tag.key, tag);
  }
  return [...byKey.values()];
}
