import { RunpassError } from "../../core/errors.ts";
import { ownerOfRole } from "../../google/custom-role.ts";
import { isServiceAccountId } from "../../google/iam.ts";
import { parseMember } from "../../google/member.ts";
import type { Binding } from "../../google/policy.ts";
import { isServiceId } from "../../google/run-name.ts";
import { findSwitchFault } from "../facts.ts";
import { findPoolFault, listProviders } from "../federation/pools.ts";
import { isGrantable } from "../policies/policy-roles.ts";
import { findConditionFault } from "../policies/policy-conditions.ts";
import { findHierarchyFault } from "./world-check-hierarchy.ts";
import { findOAuthClientFault } from "./world-oauth-clients.ts";
import { findFaultMistake, findTroubleMistake } from "../trouble/fault-check.ts";
import { findBackendFault } from "../backends/parse-backend.ts";
import { maxTimeoutSeconds } from "../run/template.ts";
import type { World } from "./world.ts";

/** Whether a world, or what a store keeps, holds conditions anywhere: they can be read once they are loaded. */
export function hasConditions(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(hasConditions);
  // Without a list of entries for each: a large state is looked through at every start.
  for (const name in value) {
    const member = (value as Readonly<Record<string, unknown>>)[name];
    if (((name === "condition" || name === "denialCondition") && member) || hasConditions(member)) return true;
  }
  return false;
}

/**
 * Refuses a world that contradicts itself, before anything starts.
 *
 * @throws {RunpassError} `invalid_argument`, naming the first contradiction.
 */
export function checkWorld(world: World): void {
  const fault = findWorldFault(world);
  if (fault === undefined) return;
  throw new RunpassError({
    code: "invalid_argument",
    message: `The world does not hold together: ${fault}`,
    fix: "Correct the description of the world and start again.",
  });
}

/** The first contradiction of a world, in words. */
export function findWorldFault(world: World): string | undefined {
  return (
    findDouble(world) ??
    findProjectFault(world) ??
    findAccountFault(world) ??
    findBackendFault(world) ??
    findServiceFault(world) ??
    findSwitchFault({ ...world.facts }) ??
    findHierarchyFault(world) ??
    findOAuthClientFault(world) ??
    findPoolFault(world) ??
    findBindingFault(world) ??
    findTroubleFault(world) ??
    findDefaultsFault(world)
  );
}

/** Two of a kind that have one name. */
function findDouble(world: World): string | undefined {
  const { projects, users, groups = [], serviceAccounts, services } = world;
  const names: readonly (readonly [kind: string, names: readonly string[]])[] = [
    ["project", [...projects.map(({ id }) => id), ...projects.map(({ number }) => number)]],
    ["user", users.map(({ email }) => email.toLowerCase())],
    ["group", groups.map(({ email }) => email.toLowerCase())],
    ["service account", serviceAccounts.map(({ id, project }) => `${id} of ${project}`)],
    ["service", services.map(({ name, project, region }) => `${name} of ${project} in ${region}`)],
    ["identity provider", listProviders(world).map(({ name }) => name)],
  ];
  for (const [kind, all] of names) {
    const seen = new Set<string>();
    const double = all.find((name) => seen.size === seen.add(name).size);
    if (double !== undefined) return `the world has two of ${kind} ${double}`;
  }
  return undefined;
}

/** A number that cannot be, or something in a project that is not there. */
function findProjectFault(world: World): string | undefined {
  const { projects, serviceAccounts, services, workloadIdentityPools = [], defaults } = world;
  const odd = projects.find(({ number }) => !/^\d{6,14}$/.test(number));
  if (odd) return `${JSON.stringify(odd.number)} cannot be a project's number: it has 6 to 14 digits`;
  const owned: readonly (readonly [what: string, project: string])[] = [
    ...serviceAccounts.map(({ id, project }) => [`service account ${id} is`, project] as const),
    ...services.map(({ name, project }) => [`service ${name} is`, project] as const),
    ...workloadIdentityPools.map(({ id, project }) => [`pool ${id} is`, project] as const),
    ["a shell starts", defaults.project],
  ];
  const ids = new Set(projects.map(({ id }) => id));
  const lost = owned.find(([, project]) => !ids.has(project));
  return lost && `${lost[0]} in project ${lost[1]}, which the world does not have`;
}

function findAccountFault({ users, serviceAccounts }: World): string | undefined {
  const nameless = users.find(({ email }) => !/^[^\s@]+@[^\s@]+$/.test(email));
  if (nameless) return `${JSON.stringify(nameless.email)} cannot be a user's e-mail`;
  const odd = serviceAccounts.find(({ id }) => !isServiceAccountId(id));
  return odd && `${JSON.stringify(odd.id)} cannot be a service account's id (6 to 30 characters)`;
}

function findServiceFault({ services, serviceAccounts }: World): string | undefined {
  for (const { name, project, tags = [], serviceAccount, timeoutSeconds = 1 } of services) {
    if (!isServiceId(name)) return `${JSON.stringify(name)} cannot be a service's name`;
    if (!(timeoutSeconds > 0 && timeoutSeconds <= maxTimeoutSeconds))
      return `service ${name} has a timeout of ${timeoutSeconds} seconds, which is not within 0 and ${maxTimeoutSeconds}`;
    const odd = tags.find((tag) => !isServiceId(tag));
    if (odd !== undefined) return `${JSON.stringify(odd)}, of service ${name}, cannot be a traffic tag`;
    const isKnown =
      serviceAccount === undefined ||
      serviceAccount.includes("@") ||
      serviceAccounts.some((account) => account.id === serviceAccount && account.project === project);
    if (!isKnown) return `service ${name} runs as ${serviceAccount}, which is no service account of ${project}`;
  }
  return undefined;
}

function findBindingFault(world: World): string | undefined {
  for (const [resource, binding] of listBindings(world)) {
    const { role, members } = binding;
    if (ownerOfRole(role) === undefined && !isGrantable(role, resource))
      return `${JSON.stringify(role)} is no role that can be granted on ${resource}`;
    const fault = findConditionFault(binding);
    if (fault !== undefined) return fault;
    const unreadable = members.find((member) => !parseMember(member));
    if (unreadable !== undefined) return `${JSON.stringify(unreadable)}, who has ${role}, is no member in IAM's form`;
  }
  return undefined;
}

/** Each binding with the resource on which it hangs. */
function listBindings(world: World): readonly (readonly [resource: string, binding: Binding])[] {
  const { organizations = [], folders = [], projects, serviceAccounts, services } = world;
  const resources: readonly (readonly [string, { readonly bindings?: readonly Binding[] }])[] = [
    ...organizations.map((each) => [`organizations/${each.id}`, each] as const),
    ...folders.map((each) => [`folders/${each.id}`, each] as const),
    ...projects.map((each) => [`projects/${each.id}`, each] as const),
    ...serviceAccounts.map((each) => [`projects/${each.project}/serviceAccounts/${each.id}`, each] as const),
    ...services.map(
      (each) => [`projects/${each.project}/locations/${each.region}/services/${each.name}`, each] as const,
    ),
  ];
  return resources.flatMap(([resource, { bindings = [] }]) => bindings.map((binding) => [resource, binding] as const));
}

function findTroubleFault({ trouble = {}, services }: World): string | undefined {
  const { faults = [], ...settings } = trouble;
  const mistake = findTroubleMistake(settings) ?? faults.map(findFaultMistake).find((found) => found !== undefined);
  if (mistake !== undefined) return `of its trouble, ${mistake}`;
  const names = faults.flatMap(({ service }) => service ?? []);
  const lost = names.find((of) => !services.some(({ name }) => name === of.split("/").at(-1)));
  return lost === undefined ? undefined : `a fault is for service ${lost}, which the world does not have`;
}

function findDefaultsFault({ defaults, users, services, serviceAccounts }: World): string | undefined {
  const { accounts, service, serviceAccount } = defaults;
  const stranger = accounts.find((email) => !users.some((user) => user.email.toLowerCase() === email.toLowerCase()));
  if (stranger !== undefined) return `${stranger} is to be logged in, but is no user of the world`;
  if (!services.some(({ name }) => name === service)) return `the default service ${service} is not in the world`;
  if (!serviceAccounts.some(({ id }) => id === serviceAccount))
    return `the default service account ${serviceAccount} is not in the world`;
  return undefined;
}
