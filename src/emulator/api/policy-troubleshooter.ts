import { effectiveTags } from "../../gate/access.ts";
import type { Principal } from "../../gate/view.ts";
import { toDenyPermission } from "../../google/deny-policy.ts";
import { formatFullResourceName, parseFullResourceName } from "../../google/policy-troubleshooter.ts";
import type { AccessTuple, OverallAccessState, TroubleshootAnswer } from "../../google/policy-troubleshooter.ts";
import { policyLevels } from "../hierarchy.ts";
import { findGroups } from "../principals.ts";
import { findPrincipal, holds } from "./caller.ts";
import { seesGroup } from "./cloud-identity.ts";
import { allOf, allowState, denyState, explainAllow, explainDenials } from "./explain-access.ts";
import type { Asked, Certainty } from "./explain-access.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { ApiFailure } from "./route.ts";

/**
 * Policy Troubleshooter v3: whether somebody has a permission, by those policies, custom roles and groups that the caller may look
 * into. Source: google/cloud/policytroubleshooter/iam/v3/troubleshooter.proto; Policy Intelligence documentation, "Troubleshoot IAM
 * permissions". What of a request is needed, and how it is refused, is a guess.
 */
export const policyTroubleshooterMethods: readonly ApiMethod[] = [
  {
    id: "google.cloud.policytroubleshooter.iam.v3.PolicyTroubleshooter.TroubleshootIamPolicy",
    route: "POST /v3/iam:troubleshoot",
    handle: troubleshoot,
  },
];

function troubleshoot(call: MethodCall): TroubleshootAnswer {
  const tuple = (call.body["accessTuple"] ?? {}) as Partial<AccessTuple>;
  const { principal: email = "", fullResourceName = "", permission: asked = "", conditionContext } = tuple;
  const resource = nameOf(call, fullResourceName);
  if (!email.includes("@") || !/^[\w-]+[./]/.test(asked) || resource === undefined) {
    throw new ApiFailure("INVALID_ARGUMENT", "Request contains an invalid argument.");
  }
  const permission = toAllowPermission(asked);
  const { state, caller } = call;
  const levels = policyLevels(state.store, resource);
  const tags = effectiveTags(levels);
  const receiveMs = Date.parse(conditionContext?.request?.receiveTime ?? "");
  const question: Asked = {
    principal: principalOf(call, email.toLowerCase()),
    groups: findGroups(state.store, email.toLowerCase()),
    permission,
    tags,
    nowMs: Number.isNaN(receiveMs) ? undefined : receiveMs,
    mayRead: (what, name) => holds(state, caller, what, name),
    seesGroup: (group) => seesGroup(call, group),
  };
  const allow = levels.map((level) => explainAllow(level, question));
  const deny = levels.filter(({ resource: name }) => isNode(name)).map((level) => explainDenials(level, question));
  const allowed = allOf(allow.map(({ certainty }) => certainty));
  const denied = allOf(deny.map(({ certainty }) => certainty));
  return {
    overallAccessState: overall(allowed, denied),
    accessTuple: {
      ...(tuple as AccessTuple),
      permissionFqdn: toDenyPermission(permission),
      conditionContext: {
        ...conditionContext,
        effectiveTags: tags.map(({ key, value }) => ({
          namespacedTagKey: key,
          namespacedTagValue: `${key}/${value}`,
        })),
      },
    },
    allowPolicyExplanation: {
      allowAccessState: allowState(allowed),
      explainedPolicies: allow.map(({ explained }) => explained),
    },
    denyPolicyExplanation: {
      denyAccessState: denyState(denied),
      permissionDeniable: true,
      explainedResources: deny.map(({ explained }) => explained),
    },
  };
}

/** What is surely not granted need not be denied. */
function overall(allowed: Certainty, denied: Certainty): OverallAccessState {
  if (denied === "yes" || allowed === "no") return "CANNOT_ACCESS";
  const unsure = [allowed, denied].filter((each) => each !== "yes" && each !== "no");
  return unsure.includes("UNKNOWN_INFO") ? "UNKNOWN_INFO" : (unsure[0] ?? "CAN_ACCESS");
}

/** The resource as policies are kept by: projects by their ids. */
function nameOf({ state }: MethodCall, fullResourceName: string): string | undefined {
  const name = parseFullResourceName(fullResourceName);
  const [collection, id = "", ...rest] = name?.split("/") ?? [];
  const project = collection === "projects" ? state.findProject(id) : undefined;
  return project ? ["projects", project.id, ...rest].join("/") : name;
}

function isNode(resource: string): boolean {
  return formatFullResourceName(resource).startsWith("//cloudresourcemanager");
}

/** `run.googleapis.com/routes.invoke` as roles have it: `run.routes.invoke`. */
function toAllowPermission(permission: string): string {
  const [host, rest] = permission.split("/", 2);
  if (rest === undefined) return permission;
  const service = host?.split(".", 1)[0] ?? "";
  return `${service === "cloudresourcemanager" ? "resourcemanager" : service}.${rest}`;
}

/** Whoever is not there, or not active, has what a name like that has. */
function principalOf({ state }: MethodCall, email: string): Principal {
  const subject = state.findUser(email)?.subject ?? state.findAccount(email)?.uniqueId;
  const kind = email.endsWith(".gserviceaccount.com") ? "serviceAccount" : "user";
  const found = subject === undefined ? undefined : findPrincipal(state, subject);
  return found ?? { kind, email, subject: "", state: "active" };
}
