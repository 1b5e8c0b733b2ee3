import { findAllowingBinding, findConditionalBinding } from "./allow.ts";
import type { TraceStep } from "./decision.ts";
import { failed, passed } from "./steps.ts";
import type { GateService, GateView, Principal } from "./view.ts";

const permission = "run.routes.invoke";
const rule = "permission";
const noGroups: ReadonlySet<string> = new Set();

/** Answers that are kept until the world changes; then, or beyond this number, all are forgotten. */
const keptAnswers = 10_000;

/** Whether IAM lets a principal, or anyone (`undefined`), invoke a service: a step that passed or failed. */
export function createInvokeCheck(
  view: GateView,
): (service: GateService, principal: Principal | undefined) => TraceStep {
  /** By service, then by subject, which is empty for anyone. */
  const answers = new Map<string, Map<string, TraceStep>>();
  let count = 0;
  let { revision } = view;
  return (service, principal) => {
    if (revision !== view.revision || count >= keptAnswers) {
      answers.clear();
      count = 0;
      revision = view.revision;
    }
    const subject = principal?.subject ?? "";
    const kept = answers.get(service.name)?.get(subject);
    if (kept) return kept;
    const answer = judge(view, service, principal);
    const ofService = answers.get(service.name) ?? new Map<string, TraceStep>();
    answers.set(service.name, ofService.set(subject, answer));
    count += 1;
    return answer;
  };
}

function judge(view: GateView, service: GateService, principal: Principal | undefined): TraceStep {
  const levels = view.policiesOf(service.name);
  const groups = principal ? view.groupsOf(principal.email) : noGroups;
  const who = principal ? `${principal.kind}:${principal.email}` : "allUsers";
  const found = findAllowingBinding(levels, principal, groups, permission);
  if (found) {
    return passed(
      rule,
      `${found.binding.role} on ${found.resource} gives ${permission} to ${found.member}`,
      "documented",
    );
  }
  const conditional = findConditionalBinding(levels, principal, groups, permission);
  if (conditional) {
    const where = `${conditional.binding.role} on ${conditional.resource}`;
    return failed(
      rule,
      `${where} gives ${permission} to ${conditional.member} under a condition, which is not evaluated`,
      "guess",
    );
  }
  const where = levels.map(({ resource }) => resource).join(" or ");
  return failed(rule, `no binding on ${where} gives ${permission} to ${who}`, "documented");
}
