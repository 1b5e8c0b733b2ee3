import type { Clock } from "../core/clock.ts";
import { decideAccess, findStanding } from "./access.ts";
import type { Access, AccessOptions, Standing } from "./access.ts";
import type { TraceStep } from "./decision.ts";
import { failed, passed, quote } from "./steps.ts";
import type { GateService, GateView, Principal } from "./view.ts";

const permission = "run.routes.invoke";
const rule = "permission";
const noGroups: ReadonlySet<string> = new Set();

/** Answers that are kept until the world changes; then, or beyond this number, all are forgotten. */
const keptAnswers = 50_000;

/** An answer for good, or what to ask the time about. */
type Answer = TraceStep | Standing;

/** Whether IAM lets a principal, or anyone (`undefined`), invoke a service: a step that passed or failed. */
export function createInvokeCheck(
  view: GateView,
  clock: Clock,
  options: AccessOptions,
): (service: GateService, principal: Principal | undefined) => TraceStep {
  /** By service, then by subject, which is empty for anyone. */
  const answers = new Map<string, Map<string, Answer>>();
  let count = 0;
  let { revision } = view;

  function find(service: GateService, principal: Principal | undefined): Answer {
    if (revision !== view.revision || count >= keptAnswers) {
      answers.clear();
      count = 0;
      revision = view.revision;
    }
    const subject = principal?.subject ?? "";
    const kept = answers.get(service.name)?.get(subject);
    if (kept) return kept;
    const answer = work(service, principal);
    const ofService = answers.get(service.name) ?? new Map<string, Answer>();
    answers.set(service.name, ofService.set(subject, answer));
    count += 1;
    return answer;
  }

  function work(service: GateService, principal: Principal | undefined): Answer {
    const levels = view.policiesOf(service.name);
    const groups = principal ? view.groupsOf(principal.email) : noGroups;
    const standing = findStanding({ levels, principal, groups, permission });
    return standing.isConditional ? standing : explain(standing, service, principal);
  }

  function explain(standing: Standing, service: GateService, principal: Principal | undefined): TraceStep {
    const access = decideAccess(standing, clock.nowMs(), options);
    if (access.outcome !== "none" || access.grant) return describe(access);
    const who = principal ? `${principal.kind}:${principal.email}` : "allUsers";
    const where = view.policiesOf(service.name).map(({ resource }) => resource);
    return failed(rule, `no binding on ${where.join(" or ")} gives ${permission} to ${who}`, "permission");
  }

  return (service, principal) => {
    const answer = find(service, principal);
    return "isConditional" in answer ? explain(answer, service, principal) : answer;
  };
}

function describe(access: Access): TraceStep {
  if (access.outcome === "denied") {
    const { denial, verdict } = access;
    const what = `${denial.policy} on ${denial.resource} denies ${permission} to ${denial.principal}`;
    // Documentation and proto say different things of a condition that cannot be evaluated.
    return verdict.outcome === "error"
      ? failed(
          "deny policy",
          `${what} under a condition that cannot be evaluated: ${verdict.why}`,
          "unevaluable-denial",
        )
      : failed("deny policy", what, "deny-policy");
  }
  const { grant } = access;
  if (!grant) throw new TypeError("there is nothing to describe");
  const what = `${grant.binding.role} on ${grant.resource} gives ${permission} to ${grant.member}`;
  const { condition } = grant.binding;
  if (!condition) return passed(rule, what, "permission");
  const title = `the condition ${quote(condition.title ?? condition.expression)}`;
  if (access.outcome === "allowed") return passed(rule, `${what} under ${title}, which holds`, "condition");
  const { verdict } = access;
  const why = verdict?.outcome === "error" ? `cannot be evaluated: ${verdict.why}` : "does not hold now";
  return failed(rule, `${what} under ${title}, which ${why}`, "condition");
}
