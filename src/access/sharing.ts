import type { Context } from "../core/context.ts";
import { ApiError, callApi, isRefusal } from "../google/call.ts";
import { parseMember } from "../google/member.ts";
import { memberDomainsConstraint, orgPolicyHost, policyMembersConstraint } from "../google/org-policy.ts";
import type { OrgPolicy, OrgPolicyRule } from "../google/org-policy.ts";
import { resourceManagerHost } from "../google/resource-manager.ts";
import type { Organization } from "../google/resource-manager.ts";
import { readAncestors } from "./levels.ts";
import { projectOf } from "./resource.ts";
import type { Resource } from "./resource.ts";

/** Whether organisation policies let members into a project's policies, as far as can be told. */
export interface Sharing {
  readonly allowed: "yes" | "no" | "unknown";
  /** One clause. */
  readonly why: string;
  /** For `unknown`: the permission that would let it be known. */
  readonly permission?: string;
}

/** Where members come from, as constraints see it. */
interface Origin {
  readonly project: string;
  /** Names of what is above the project: `folders/N`, `organizations/N`. */
  readonly above: readonly string[];
  readonly organization: Organization | undefined;
}

/**
 * Checks members against domain-restricted sharing, old (`iam.allowedPolicyMemberDomains`) and new
 * (`iam.managed.allowedPolicyMembers`): a policy that names others is refused. Source: Organization Policy documentation,
 * "Restricting identities by domain".
 *
 * @throws {RunpassError} `google_unreachable`.
 */
export async function checkSharing(
  context: Context,
  project: string,
  members: readonly string[],
  accessToken: string,
): Promise<Sharing> {
  const get = async <T>(url: string): Promise<T> =>
    callApi<T>(context.fetch, { method: "GET", url, accessToken, quotaProject: project, signal: context.signal });
  const rulesOf = async (constraint: string): Promise<readonly OrgPolicyRule[]> => {
    const path = `projects/${encodeURIComponent(project)}/policies/${constraint}`;
    return (await get<OrgPolicy>(`https://${orgPolicyHost}/v2/${path}:getEffectivePolicy`)).spec?.rules ?? [];
  };
  try {
    const [domains, subjects] = await Promise.all([rulesOf(memberDomainsConstraint), rulesOf(policyMembersConstraint)]);
    const isRestricted =
      domains.some(({ values, denyAll }) => values ?? denyAll) || subjects.some((rule) => rule.enforce);
    if (!isRestricted) return { allowed: "yes", why: "no organisation policy restricts whom policies may name" };
    const { ancestors } = await readAncestors(context, project, accessToken);
    const number = ancestors.flatMap((each) => (each.kind === "organization" ? [each.number] : []))[0];
    const organization =
      number === undefined
        ? undefined
        : await get<Organization>(`https://${resourceManagerHost}/v1/organizations/${number}`).catch(orHidden);
    const above = ancestors.flatMap((each) => ("number" in each ? [`${each.kind}s/${each.number}`] : []));
    const origin = { project, above, organization };
    const answers = members.flatMap((member) => [
      judgeDomains(member, domains, origin),
      judgeSubjects(member, subjects, origin),
    ]);
    const worst =
      answers.find(({ allowed }) => allowed === "no") ?? answers.find(({ allowed }) => allowed === "unknown");
    return worst ?? { allowed: "yes", why: "organisation policies let the member into policies" };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { allowed: "unknown", why: "organisation policies could not be read", permission: "orgpolicy.policy.get" };
  }
}

function orHidden(error: unknown): undefined {
  if (!(error instanceof ApiError)) throw error;
  return undefined;
}

function judgeDomains(member: string, rules: readonly OrgPolicyRule[], origin: Origin): Sharing {
  if (rules.some(({ condition }) => condition)) return conditional(memberDomainsConstraint);
  const rule = rules.find(({ values, denyAll }) => values ?? denyAll);
  if (!rule) return yes;
  const allowed = (rule.values?.allowedValues ?? []).map((value) => value.replace(/^is:/, ""));
  const { organization } = origin;
  if (!organization || !isSurelyOwn(member, origin)) {
    return unknown(
      `whether ${member} belongs to one of the customers ${allowed.join(", ")} is not known`,
      organization,
    );
  }
  const names = [organization.owner.directoryCustomerId, `principalSet://iam.googleapis.com/${organization.name}`];
  return names.some((name) => allowed.includes(name))
    ? yes
    : no(`${memberDomainsConstraint} lets only members of ${allowed.join(", ")} into policies, not ${member}`);
}

function judgeSubjects(member: string, rules: readonly OrgPolicyRule[], origin: Origin): Sharing {
  const enforced = rules.filter(({ enforce }) => enforce);
  if (enforced.length === 0) return yes;
  if (enforced.some(({ condition }) => condition)) return conditional(policyMembersConstraint);
  const subjects = enforced.flatMap(({ parameters }) => parameters?.allowedMemberSubjects ?? []);
  const sets = enforced.flatMap(({ parameters }) => parameters?.allowedPrincipalSets ?? []);
  if (subjects.includes(member)) return yes;
  const isOwn = isSurelyOwn(member, origin);
  const isAccount = member.startsWith("serviceAccount:");
  // Folders and projects stand for the service accounts in them, an organisation for its people too.
  const own = origin.above
    .filter((name) => isAccount || name.startsWith("organizations/"))
    .map((name) => `//cloudresourcemanager.googleapis.com/${name}`);
  if (isOwn && sets.some((set) => own.includes(set))) return yes;
  const mayBeOfProject = isAccount && sets.some((set) => set.includes("/projects/"));
  if (sets.length === 0 || (isOwn && !mayBeOfProject)) {
    return no(`${policyMembersConstraint} does not let ${member} into policies`);
  }
  return unknown(`whether ${member} is in one of ${sets.join(", ")} is not known`, origin.organization);
}

/** Whether a member belongs to the project's own organisation for sure: that it does not can never be told. */
function isSurelyOwn(text: string, { project, organization }: Origin): boolean {
  const member = parseMember(text);
  if (member?.kind === "serviceAccount") {
    return projectOf({ kind: "account", email: member.email } satisfies Resource) === project;
  }
  const domain = member && "email" in member ? member.email.slice(member.email.lastIndexOf("@") + 1) : undefined;
  // An organisation may have further domains, which it does not tell.
  return organization !== undefined && domain === organization.displayName;
}

const yes: Sharing = { allowed: "yes", why: "" };
const no = (why: string): Sharing => ({ allowed: "no", why });
const conditional = (constraint: string): Sharing => ({
  allowed: "unknown",
  why: `${constraint} holds under conditions`,
});

function unknown(why: string, organization: Organization | undefined): Sharing {
  return { allowed: "unknown", why, ...(organization ? {} : { permission: "resourcemanager.organizations.get" }) };
}
