import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import { ApiError, callApi } from "../google/call.ts";
import { parseMember } from "../google/member.ts";
import {
  formatFullResourceName,
  parseFullResourceName,
  policyTroubleshooterHost,
} from "../google/policy-troubleshooter.ts";
import type { AccessTuple, Memberships, TroubleshootAnswer } from "../google/policy-troubleshooter.ts";
import { errorReason } from "../google/status.ts";
import type { Effective } from "./effective.ts";

/** Asks Google whether somebody has a permission; `undefined` where it does not know for sure either, with evidence. */
export type Troubleshooter = (member: string, permission: string, resource: string) => Promise<Effective | undefined>;

/** What Policy Troubleshooter answers with, and why it may not. */
export interface TroubleshooterClient {
  readonly ask: Troubleshooter;
  /** After it was asked in vain: the line that would let it answer. */
  hint(): string | undefined;
}

/**
 * Makes an asker of Policy Troubleshooter. It looks at the same policies as whoever asks, and besides at tags of resources, and at
 * groups with Google Workspace's own permission for them. Nothing is asked twice.
 * Source: Policy Intelligence documentation, "Troubleshoot IAM permissions".
 *
 * @param project where the API is to be enabled: users' tokens need one.
 */
export function createTroubleshooter(context: Context, accessToken: string, project: string): TroubleshooterClient {
  const asked = new Map<string, Promise<Effective | undefined>>();
  let isDisabled = false;

  async function ask(principal: string, permission: string, resource: string): Promise<Effective | undefined> {
    const accessTuple: AccessTuple = {
      principal,
      permission,
      fullResourceName: formatFullResourceName(resource),
      conditionContext: { request: { receiveTime: new Date(context.clock.nowMs()).toISOString() } },
    };
    try {
      const answer = await callApi<TroubleshootAnswer>(context.fetch, {
        method: "POST",
        url: `https://${policyTroubleshooterHost}/v3/iam:troubleshoot`,
        body: { accessTuple },
        accessToken,
        quotaProject: project,
        signal: context.signal,
      });
      return readAnswer(answer);
    } catch (error) {
      if (!(error instanceof RunpassError)) throw error;
      // It is asked for more than is needed: what it does not tell stays unknown.
      isDisabled ||= error instanceof ApiError && errorReason(error.details) === "SERVICE_DISABLED";
      context.log.debug(`Policy Troubleshooter does not answer: ${error.message}`);
      return undefined;
    }
  }

  return {
    ask: async (member, permission, resource) => {
      const parsed = parseMember(member);
      if (parsed?.kind !== "user" && parsed?.kind !== "serviceAccount") return undefined;
      const key = `${parsed.email} ${permission} ${resource}`;
      let answer = asked.get(key);
      if (!answer) asked.set(key, (answer = ask(parsed.email, permission, resource)));
      return answer;
    },
    hint: () =>
      isDisabled
        ? `Policy Troubleshooter might tell: gcloud services enable ${policyTroubleshooterHost} --project ${project}`
        : undefined,
  };
}

/** Whether policies leave no doubt, so that nobody else need be asked. */
export function isSure(effective: Effective): boolean {
  return effective.outcome !== "unknown" && (effective.outcome !== "allowed" || effective.unless.length === 0);
}

/** Where the answer comes from, as people know it. */
const source = "Policy Troubleshooter";

/** Only what is certain, and comes with the policy that makes it so. */
function readAnswer(answer: TroubleshootAnswer): Effective | undefined {
  const { overallAccessState, allowPolicyExplanation, denyPolicyExplanation } = answer;
  if (overallAccessState === "CAN_ACCESS") {
    for (const { fullResourceName = "", bindingExplanations = [] } of allowPolicyExplanation?.explainedPolicies ?? []) {
      const granted = bindingExplanations.find((each) => each.allowAccessState === "ALLOW_ACCESS_STATE_GRANTED");
      const member = matched(granted?.memberships);
      const resource = parseFullResourceName(fullResourceName);
      if (!granted || member === undefined || resource === undefined) continue;
      const { role, condition, memberships = {} } = granted;
      const binding = { role, members: Object.keys(memberships), ...(condition ? { condition } : {}) };
      return { outcome: "allowed", through: { resource, binding, member }, unless: [], source };
    }
  }
  if (overallAccessState !== "CANNOT_ACCESS") return undefined;
  for (const { fullResourceName = "", explainedPolicies = [] } of denyPolicyExplanation?.explainedResources ?? []) {
    for (const { policy, denyAccessState, ruleExplanations = [] } of explainedPolicies) {
      if (denyAccessState !== "DENY_ACCESS_STATE_DENIED" || !policy) continue;
      const rule = ruleExplanations.find((each) => each.denyAccessState === denyAccessState);
      const principal = matched(rule?.deniedPrincipals);
      const resource = parseFullResourceName(fullResourceName);
      if (principal === undefined || resource === undefined) continue;
      return { outcome: "denied", by: { resource, policy: policy.name, principal }, source };
    }
  }
  const isNotGranted = allowPolicyExplanation?.allowAccessState === "ALLOW_ACCESS_STATE_NOT_GRANTED";
  return isNotGranted ? { outcome: "none", missed: [], source } : undefined;
}

function matched(memberships: Memberships = {}): string | undefined {
  return Object.entries(memberships).find(([, { membership }]) => membership === "MEMBERSHIP_MATCHED")?.[0];
}
