import { createEvaluator } from "../access/effective.ts";
import type { Effective, Evaluator } from "../access/effective.ts";
import { createGroupReader, decideWithGroups } from "../access/groups.ts";
import { createLevelReader } from "../access/levels.ts";
import type { Levels } from "../access/levels.ts";
import { resourceName } from "../access/resource.ts";
import type { Resource } from "../access/resource.ts";
import { rowsWith } from "../access/rows.ts";
import { createTroubleshooter, isSure } from "../access/troubleshooter.ts";
import type { RunServiceName } from "../google/run-name.ts";
import type { Identity } from "./credential-link.ts";
import { failed, notApplicable, passed, toldBy, unknown } from "./finding.ts";
import type { Finding } from "./finding.ts";
import type { Place } from "./service-links.ts";
import type { Walk } from "./walk.ts";

/** The permission that a call of a service takes. */
export const invokePermission = "run.routes.invoke";

/** What IAM decides by, of the service and of the accounts of `--as`, each with what is above it. */
export interface Policies {
  /** Whether somebody holds a permission on a resource now; `undefined` where its policies were not read. */
  decide(resource: Resource, member: string, permission: string): Promise<Effective | undefined>;
  /** Others who can call, as bindings name them. */
  readonly callers: readonly string[];
  /** What would let Google tell more. */
  hint(): string | undefined;
}

/** Reads them, each level once; looks into groups, and asks Policy Troubleshooter, only where an answer depends on it. */
export async function readPolicies(
  walk: Walk,
  { accessToken }: Identity,
  name: RunServiceName | undefined,
): Promise<Policies | undefined> {
  const { context, options } = walk;
  if (accessToken === undefined || !name) return undefined;
  const read = createLevelReader(context, accessToken);
  const service: Resource = { kind: "service", name };
  const accounts = (options.impersonate ?? []).map((email): Resource => ({ kind: "account", email }));
  const found = await walk.attempt("policy", async () =>
    Promise.all(
      [service, ...accounts].map(async (resource) => {
        const levels = await read(resource);
        return { resource, levels, evaluator: await createEvaluator(levels) };
      }),
    ),
  );
  if (!found) return undefined;
  const evaluators = new Map<string, Evaluator>(
    found.map(({ resource, evaluator }) => [resourceName(resource), evaluator]),
  );
  const readGroups = createGroupReader(context, accessToken, name.project);
  const troubleshooter = createTroubleshooter(context, accessToken, name.project);
  const nowMs = context.clock.nowMs();
  return {
    decide: async (resource, member, permission) => {
      const evaluator = evaluators.get(resourceName(resource));
      if (!evaluator) return undefined;
      return walk.attempt("policy", async () => {
        const own = await decideWithGroups(evaluator, member, permission, nowMs, readGroups);
        return isSure(own) ? own : ((await troubleshooter.ask(member, permission, resourceName(resource))) ?? own);
      });
    },
    hint: troubleshooter.hint,
    callers: found[0] ? callersOf(found[0].levels, found[0].evaluator, nowMs) : [],
  };
}

function callersOf(levels: Levels, evaluator: Evaluator, nowMs: number): readonly string[] {
  const rows = rowsWith(invokePermission, levels, { evaluator, nowMs });
  return [...new Set(rows.filter(({ counts }) => counts === "yes").map(({ member }) => member))];
}

/** What policies say about the call, in a sentence. */
export function judgePolicy(
  walk: Walk,
  { caller }: Identity,
  { service }: Place,
  { policies, effective }: { readonly policies: Policies | undefined; readonly effective: Effective | undefined },
): Finding {
  if (service?.invokerIamDisabled) return notApplicable("policy", "the invoker check is off");
  if (!effective || !policies || caller === undefined || !service) {
    const missing = service ? "who calls is not known" : "the service was not found";
    return walk.failure("policy") ?? unknown("policy", missing);
  }
  const told = toldBy(effective);
  switch (effective.outcome) {
    case "allowed": {
      const { binding, resource, member: by } = effective.through;
      const caveat =
        effective.unless.length > 0 ? `, unless a deny policy takes it: ${effective.unless.join("; ")}` : "";
      return passed("policy", `${binding.role} on ${resource} gives ${invokePermission} to ${by}${caveat}${told}`);
    }
    case "denied":
      return failed(
        "policy",
        `${effective.by.policy} on ${effective.by.resource} denies ${invokePermission} to ${effective.by.principal}${told}`,
      );
    case "unknown": {
      const hint = policies.hint();
      return {
        ...unknown(
          "policy",
          `whether ${caller} holds ${invokePermission} is not known: ${effective.because.join("; ")}`,
          permissionIn(effective.because),
        ),
        ...(hint === undefined ? {} : { besides: hint }),
      };
    }
    case "none": {
      const [missed] = effective.missed;
      const detail = missed
        ? `${missed.binding.role} on ${missed.resource} would give it, but its condition does not hold now: ${missed.binding.condition?.expression ?? ""}`
        : `no binding on ${service.name.service} or above gives ${invokePermission} to ${caller}${told}`;
      return { ...failed("policy", detail), besides: othersOf(policies) };
    }
  }
}

const mostNamed = 3;

function othersOf({ callers }: Policies): string {
  if (callers.length === 0) return "nobody can call it";
  const more = callers.length > mostNamed ? ` and ${callers.length - mostNamed} more` : "";
  return `those who can: ${callers.slice(0, mostNamed).join(", ")}${more}`;
}

export function permissionIn(because: readonly string[]): string | undefined {
  return because
    .map((clause) => /could not be read: ([\w.]+) is missing/.exec(clause)?.[1])
    .find((found) => found !== undefined);
}
