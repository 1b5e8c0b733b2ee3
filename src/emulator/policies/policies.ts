import { createHash } from "node:crypto";
import { formatMember, parseMember } from "../../google/member.ts";
import { isSameBinding } from "../../google/policy.ts";
import type { Binding, Policy } from "../../google/policy.ts";
import { ApiFailure } from "../api/route.ts";
import { checkConditions } from "./policy-conditions.ts";
import { checkMember } from "./policy-members.ts";
import { checkRole } from "./policy-roles.ts";
import { checkSharing } from "./policy-sharing.ts";
import { policyKind } from "../state/records.ts";
import type { State } from "../state/state.ts";

/** The etag of a resource that never had a policy. */
const noPolicyEtag = "ACAB";

/** Principals in one policy, each occurrence counted. Source: IAM documentation, "Quotas and limits". */
const maxPrincipals = 1500;
/** Bindings of one role to one member that differ in their conditions alone. Source: the same. */
const maxConditions = 20;
/** Groups and domains in one policy, a group counted once. Source: the same. */
const maxGroups = 250;

/**
 * The allow policy of a resource as a caller gets it. Who does not ask for version 3 sees no conditions, and the roles of
 * conditional bindings under another name, so that a blind write back does no harm.
 * Source: IAM documentation, "Allow policies", "Specifying a policy version when getting a policy".
 */
export function readPolicy(state: State, resource: string, requestedVersion: number): Policy {
  if (![0, 1, 3].includes(requestedVersion)) throw wrong(`Invalid requested policy version: ${requestedVersion}.`);
  const stored = state.store.get(policyKind, resource);
  if (!stored) return { etag: noPolicyEtag };
  const { bindings = [], auditConfigs } = stored.value;
  const isConditional = bindings.some(({ condition }) => condition);
  const shown = requestedVersion === 3 ? bindings : bindings.map(withoutCondition);
  return {
    version: isConditional && requestedVersion === 3 ? 3 : 1,
    etag: stored.etag,
    ...(shown.length > 0 ? { bindings: shown } : {}),
    ...(auditConfigs ? { auditConfigs } : {}),
  };
}

/**
 * Replaces the allow policy of a resource.
 *
 * @param mask The members of the policy to replace; the others stay.
 * @returns the policy as stored.
 * @throws {ApiFailure} `INVALID_ARGUMENT` for a policy that does not hold together, `ABORTED` when it changed since it was read.
 */
export async function writePolicy(
  state: State,
  resource: string,
  policy: Policy,
  mask: readonly string[] = ["bindings", "etag", "auditConfigs"],
): Promise<Policy> {
  const { version = 0, etag = "" } = policy;
  if (![0, 1, 3].includes(version)) throw wrong(`Invalid policy version: ${version}. Valid versions are 0, 1 and 3.`);
  if (mask.includes("bindings")) await checkConditions(policy.bindings ?? []);
  // No waiting from here on: what is compared with is what is replaced.
  const stored = state.store.get(policyKind, resource);
  const { auditConfigs } = (mask.includes("auditConfigs") ? policy : stored?.value) ?? {};
  const bindings = mergeBindings((mask.includes("bindings") ? policy : stored?.value)?.bindings ?? []);
  for (const { role, members } of bindings) {
    // Bindings of a custom role stay when it is deleted. Source: google/iam/admin/v1/iam.proto, `DeleteRole`.
    if (!members.every((member) => isBound(stored?.value, role, member))) checkRole(state, role, resource);
    for (const member of members) checkMember(state, member);
  }
  checkLimits(bindings);
  const isConditional = bindings.some(({ condition }) => condition);
  if (isConditional && version < 3) {
    throw wrong("The policy has conditional role bindings: its version must be 3.");
  }
  if (etag !== "" && !isSameEtag(etag, stored?.etag ?? noPolicyEtag)) throw conflict();
  // Without an etag a caller may overwrite conditions that it has never seen; Google documents it so.
  if (etag !== "" && version < 3 && stored?.value.bindings?.some(({ condition }) => condition)) {
    throw wrong("The stored policy has conditional role bindings: the version of the new one must be 3.");
  }
  const value: Policy = { version: isConditional ? 3 : 1, bindings, ...(auditConfigs?.length ? { auditConfigs } : {}) };
  const expectedEtag = etag === "" ? undefined : stored?.etag;
  const known = new Set(stored?.value.bindings?.flatMap(({ members }) => members));
  const named = bindings.flatMap(({ members }) => members);
  checkSharing(
    state,
    resource,
    named.filter((member) => !known.has(member)),
  );
  if (!(await state.store.put(policyKind, resource, value, expectedEtag))) throw conflict();
  return readPolicy(state, resource, 3);
}

function isBound(policy: Policy | undefined, role: string, member: string): boolean {
  return policy?.bindings?.some((binding) => binding.role === role && binding.members.includes(member)) ?? false;
}

/** One binding a role and condition, each member once. Source: observed; Google does not document the form it stores. */
function mergeBindings(bindings: readonly Binding[]): Binding[] {
  const merged: Binding[] = [];
  for (const binding of bindings) {
    const members = binding.members.map(normaliseMember);
    const at = merged.findIndex((other) => isSameBinding(other, binding));
    const known = merged[at];
    if (known) merged[at] = { ...known, members: [...new Set([...known.members, ...members])] };
    else if (members.length > 0) merged.push({ ...binding, members: [...new Set(members)] });
  }
  return merged;
}

/** IAM compares e-mails and domains without regard to case. What is no member stays as it is, for the error that names it. */
function normaliseMember(text: string): string {
  const member = parseMember(text);
  return member ? formatMember(member) : text;
}

function checkLimits(bindings: readonly Binding[]): void {
  const members = bindings.flatMap((binding) => binding.members);
  if (members.length > maxPrincipals) {
    throw wrong(
      `The number of members in the policy (${members.length}) is larger than the maximum allowed size ${maxPrincipals}.`,
    );
  }
  const conditional = bindings.filter(({ condition }) => condition);
  const perMember = Map.groupBy(
    conditional.flatMap(({ role, members: named }) => named.map((member) => `${role} ${member}`)),
    (pair) => pair,
  );
  const crowded = [...perMember].find(([, { length }]) => length > maxConditions);
  if (crowded) throw wrong(`The policy has more than ${maxConditions} conditional bindings of ${crowded[0]}.`);
  const groups = new Set(members.filter((member) => member.startsWith("group:")));
  const domains = members.filter((member) => member.startsWith("domain:"));
  const count = groups.size + domains.length;
  if (count > maxGroups) {
    throw wrong(
      `The number of groups and domains in the policy (${count}) is larger than the maximum allowed size ${maxGroups}.`,
    );
  }
}

function withoutCondition({ role, members, condition }: Binding): Binding {
  if (!condition) return { role, members };
  const digest = createHash("sha256")
    .update(JSON.stringify([condition.title, condition.expression]))
    .digest("hex");
  return { role: `${role}_withcond_${digest.slice(0, 20)}`, members };
}

/** By their bytes: gcloud reads an etag in one alphabet of Base64 and sends it back in the other. */
export function isSameEtag(left: string, right: string): boolean {
  return Buffer.from(left, "base64").equals(Buffer.from(right, "base64"));
}

function wrong(message: string): ApiFailure {
  return new ApiFailure("INVALID_ARGUMENT", message);
}

function conflict(): ApiFailure {
  return new ApiFailure(
    "ABORTED",
    "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.",
  );
}
