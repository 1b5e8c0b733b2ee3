import { parseMember } from "../../google/member.ts";
import { ApiFailure } from "../api/route.ts";
import { ancestorsOf, nodeOf, numberedName, organizationOf } from "../hierarchy.ts";
import { organizationKind } from "../state/records.ts";
import type { MemberConstraints } from "../state/records.ts";
import type { State } from "../state/state.ts";

/**
 * Refuses members that the organisation policies above a resource do not let into its policy: domain-restricted sharing, old
 * and new. Both must agree. Members that are in the policy already stay. Source: the first text is observed, the other a guess.
 *
 * @param added Members, in IAM's form, that the policy did not have before.
 * @throws {ApiFailure} `FAILED_PRECONDITION`.
 */
export function checkSharing(state: State, resource: string, added: readonly string[]): void {
  const customers = constraintOf(state, resource, "allowedPolicyMemberDomains");
  if (customers && !added.every((member) => isOfCustomer(state, member, customers))) {
    throw new ApiFailure(
      "FAILED_PRECONDITION",
      "One or more users named in the policy do not belong to a permitted customer,  perhaps due to an organization policy.",
    );
  }
  const members = constraintOf(state, resource, "allowedPolicyMembers");
  const foreign = members && added.find((member) => !isAmong(state, member, members));
  if (foreign !== undefined) {
    throw new ApiFailure(
      "FAILED_PRECONDITION",
      `Operation denied by organization policy: ["constraints/iam.managed.allowedPolicyMembers": "${foreign} is not among the members that policies may name."]`,
    );
  }
}

/** What the nearest organisation policy says; `undefined` where none does. */
export function constraintOf(
  { store }: State,
  resource: string,
  constraint: keyof MemberConstraints,
): readonly string[] | undefined {
  return ancestorsOf(store, resource)
    .map((name) => nodeOf(store, name)?.constraints?.[constraint])
    .find((value) => value !== undefined);
}

function isOfCustomer(state: State, text: string, customers: readonly string[]): boolean {
  const customer = organizationOfMember(state, text)?.customerId;
  return customer !== undefined && customers.some((each) => each === customer || each === `is:${customer}`);
}

function isAmong(state: State, text: string, allowed: readonly string[]): boolean {
  if (allowed.includes(text)) return true;
  const organization = organizationOfMember(state, text);
  const account = parseMember(text);
  const project = account?.kind === "serviceAccount" ? state.findAccount(account.email)?.project : undefined;
  const names =
    project === undefined
      ? organization && [`organizations/${organization.id}`]
      : ancestorsOf(state.store, `projects/${project}`).map((name) => numberedName(state.store, name));
  return names?.some((name) => allowed.includes(`//cloudresourcemanager.googleapis.com/${name}`)) ?? false;
}

/** The organisation that a member belongs to: by its domain, a service account and a federated principal by its project. */
function organizationOfMember(
  state: State,
  text: string,
): { readonly id: string; readonly customerId: string } | undefined {
  const member = parseMember(text);
  const ofProject = (project: string | undefined): ReturnType<typeof organizationOfMember> =>
    project === undefined ? undefined : organizationOf(state.store, `projects/${project}`);
  switch (member?.kind) {
    case "user":
    case "group":
      return ofDomain(state, member.email.slice(member.email.lastIndexOf("@") + 1));
    case "domain":
      return ofDomain(state, member.domain);
    case "serviceAccount":
      return ofProject(state.findAccount(member.email)?.project);
    case "principal":
    case "principalSet":
      return ofProject(state.findProject(/\/projects\/(\d+)\//.exec(member.name)?.[1] ?? "")?.id);
    default:
      return undefined;
  }
}

function ofDomain({ store }: State, domain: string): ReturnType<typeof organizationOfMember> {
  return store.list(organizationKind).find((organization) => organization.domain === domain);
}
