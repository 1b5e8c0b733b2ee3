import { RunpassError } from "../core/errors.ts";
import { ownerOfRole } from "../google/custom-role.ts";
import { isServiceAccountId } from "../google/iam.ts";
import { parseMember } from "../google/member.ts";
import type { Binding } from "../google/policy.ts";
import { isServiceId } from "../google/run-name.ts";
import { findSwitchFault } from "./facts.ts";
import { findPoolFault, listProviders } from "./federation/pools.ts";
import { isGrantable } from "./policy-roles.ts";
import { findConditionFault } from "./policy-conditions.ts";
import { findHierarchyFault } from "./world-check-hierarchy.ts";
import { findOAuthClientFault } from "./world-oauth-clients.ts";
import { findFaultMistake, findTroubleMistake } from "./trouble/fault-check.ts";
import { checkBackends } from "./backends/parse-backend.ts";
import { maxTimeoutSeconds } from "./run/template.ts";
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
  const projects = new Set(world.projects.map(({ id }) => id));
  const needProject = (project: string, of: string): void => {
    if (!projects.has(project)) throw wrong(`${of} is in project ${project}, which the world does not have`);
  };
  checkUnique("project", [...world.projects.map(({ id }) => id), ...world.projects.map(({ number }) => number)]);
  checkUnique(
    "user",
    world.users.map(({ email }) => email.toLowerCase()),
  );
  checkUnique(
    "group",
    (world.groups ?? []).map(({ email }) => email.toLowerCase()),
  );
  checkUnique(
    "service account",
    world.serviceAccounts.map(({ id, project }) => `${id} of ${project}`),
  );
  checkUnique(
    "service",
    world.services.map(({ name, project, region }) => `${name} of ${project} in ${region}`),
  );
  checkUnique(
    "identity provider",
    listProviders(world).map(({ name }) => name),
  );
  for (const { number } of world.projects) {
    if (!/^\d{6,14}$/.test(number))
      throw wrong(`${JSON.stringify(number)} cannot be a project's number: it has 6 to 14 digits`);
  }
  for (const { id, project } of world.serviceAccounts) {
    if (!isServiceAccountId(id))
      throw wrong(`${JSON.stringify(id)} cannot be a service account's id (6 to 30 characters)`);
    needProject(project, `service account ${id}`);
  }
  checkBackends(world);
  for (const { name, timeoutSeconds = 1 } of world.services) {
    if (!(timeoutSeconds > 0 && timeoutSeconds <= maxTimeoutSeconds)) {
      throw wrong(
        `service ${name} has a timeout of ${timeoutSeconds} seconds, which is not within 0 and ${maxTimeoutSeconds}`,
      );
    }
  }
  for (const { name, project, tags = [], serviceAccount } of world.services) {
    if (!isServiceId(name)) throw wrong(`${JSON.stringify(name)} cannot be a service's name`);
    needProject(project, `service ${name}`);
    const odd = tags.find((tag) => !isServiceId(tag));
    if (odd !== undefined) throw wrong(`${JSON.stringify(odd)}, of service ${name}, cannot be a traffic tag`);
    const isKnown =
      serviceAccount === undefined ||
      serviceAccount.includes("@") ||
      world.serviceAccounts.some((account) => account.id === serviceAccount && account.project === project);
    if (!isKnown) throw wrong(`service ${name} runs as ${serviceAccount}, which is no service account of ${project}`);
  }
  const nameless = world.users.find(({ email }) => !/^[^\s@]+@[^\s@]+$/.test(email));
  if (nameless) throw wrong(`${JSON.stringify(nameless.email)} cannot be a user's e-mail`);
  for (const { id, project } of world.workloadIdentityPools ?? []) needProject(project, `pool ${id}`);
  const fault =
    findSwitchFault({ ...world.facts }) ??
    findHierarchyFault(world) ??
    findOAuthClientFault(world) ??
    findPoolFault(world);
  if (fault !== undefined) throw wrong(fault);
  for (const [resource, binding] of listBindings(world)) {
    const { role, members } = binding;
    if (ownerOfRole(role) === undefined && !isGrantable(role, resource)) {
      throw wrong(`${JSON.stringify(role)} is no role that can be granted on ${resource}`);
    }
    const wrongCondition = findConditionFault(binding);
    if (wrongCondition !== undefined) throw wrong(wrongCondition);
    const unreadable = members.find((member) => !parseMember(member));
    if (unreadable !== undefined)
      throw wrong(`${JSON.stringify(unreadable)}, who has ${role}, is no member in IAM's form`);
  }
  const { faults = [], ...trouble } = world.trouble ?? {};
  const mistake = findTroubleMistake(trouble) ?? faults.map(findFaultMistake).find((found) => found !== undefined);
  if (mistake !== undefined) throw wrong(`of its trouble, ${mistake}`);
  for (const { service: of } of faults) {
    if (of !== undefined && !world.services.some(({ name }) => name === of.split("/").at(-1)))
      throw wrong(`a fault is for service ${of}, which the world does not have`);
  }
  const { accounts, project, service, serviceAccount } = world.defaults;
  needProject(project, "what a shell starts with");
  const stranger = accounts.find(
    (email) => !world.users.some((user) => user.email.toLowerCase() === email.toLowerCase()),
  );
  if (stranger !== undefined) throw wrong(`${stranger} is to be logged in, but is no user of the world`);
  if (!world.services.some(({ name }) => name === service))
    throw wrong(`the default service ${service} is not in the world`);
  if (!world.serviceAccounts.some(({ id }) => id === serviceAccount)) {
    throw wrong(`the default service account ${serviceAccount} is not in the world`);
  }
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

function checkUnique(kind: string, names: readonly string[]): void {
  const seen = new Set<string>();
  const twice = names.find((name) => seen.size === seen.add(name).size);
  if (twice !== undefined) throw wrong(`the world has two of ${kind} ${twice}`);
}

function wrong(what: string): RunpassError {
  return new RunpassError({
    code: "invalid_argument",
    message: `The world does not hold together: ${what}`,
    fix: "Correct the description of the world and start again.",
  });
}
