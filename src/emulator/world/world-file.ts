import { readConfigFile } from "../../config/config-file.ts";
import { loadCel } from "../../google/cel.ts";
import { serviceAccountEmail } from "../../google/iam.ts";
import { parseMember } from "../../google/member.ts";
import { loadConditions } from "../../gate/condition.ts";
import { findMissingRole } from "../policies/custom-roles.ts";
import { hasExpressions } from "../federation/pools.ts";
import { findWorldFault, hasConditions } from "./world-check.ts";
import type { FileDocument, FileService, FileWorld, KeptRecords } from "./world-document.ts";
import { loadWorldSchemas } from "./world-schema.ts";
import { defaultWorld } from "./world.ts";
import type { World } from "./world.ts";

/** What is wrong with a file that cannot be read. */
const complaint = {
  message: "describes no world that could start",
  fix: "Correct the file and start again. What it may say: docs/world.md",
};

/** What a file says, in full. */
export interface ParsedFile {
  readonly world: World;
  readonly state: KeptRecords;
  readonly secrets: KeptRecords;
}

/**
 * Reads a world from the text of a file, and checks it as a whole before anything starts.
 *
 * @param name The file's, for errors.
 * @returns `undefined` where the file has no section `emulator`: it is about something else.
 * @throws {RunpassError} `invalid_argument` with file, line, column and reason of everything that is wrong.
 */
export async function parseWorldFile(text: string, name: string): Promise<ParsedFile | undefined> {
  const [file, schemas] = await Promise.all([readConfigFile(text, name, complaint), loadWorldSchemas()]);
  const mismatches = schemas.findMismatches(schemas.file, file.value);
  if (mismatches.length > 0) throw file.mismatched(mismatches);
  const value = file.value as FileDocument;
  if (value.emulator === undefined) return undefined;
  const world = completeWorld(value.emulator);
  if (hasConditions(value)) await loadConditions();
  if (hasExpressions(world)) await loadCel();
  const fault = findWorldFault(world);
  if (fault !== undefined) throw file.contradicted(fault);
  // In an export, accounts that were made since are among its records.
  const stranger = value.state === undefined ? findStranger(world) : undefined;
  if (stranger !== undefined) {
    const isDefaults = value.emulator.projects === undefined && isNamedByDefault(stranger);
    throw isDefaults
      ? file.wrongAt(
          ["emulator", "users"],
          `the default project's policy names ${stranger}: keep that user, or describe projects`,
        )
      : file.contradicted(`the member ${stranger} is not in this world`);
  }
  const missing = value.state === undefined ? findMissingRole(world) : undefined;
  if (missing !== undefined) throw file.contradicted(`the role ${missing} is not in this world`);
  return { world, state: value.state ?? {}, secrets: value.secrets ?? {} };
}

function isNamedByDefault(member: string): boolean {
  return defaultWorld.projects.some(({ bindings = [] }) => bindings.some(({ members }) => members.includes(member)));
}

/** A member of a binding whom the world should have and does not. */
function findStranger(world: World): string | undefined {
  const { organizations = [], folders = [], projects, serviceAccounts, services, users, groups = [] } = world;
  const known = new Set([
    ...users.map(({ email }) => `user:${email.toLowerCase()}`),
    ...groups.map(({ email }) => `group:${email.toLowerCase()}`),
    ...serviceAccounts.map(({ id, project }) => `serviceAccount:${serviceAccountEmail(id, project)}`),
  ]);
  const isStranger = (text: string): boolean => {
    const member = parseMember(text);
    if (member?.kind !== "user" && member?.kind !== "group" && member?.kind !== "serviceAccount") return false;
    // Google's own agents, and accounts of projects elsewhere.
    const isOurs = projects.some(({ id }) => member.email.endsWith(`@${id}.iam.gserviceaccount.com`));
    return !known.has(`${member.kind}:${member.email}`) && (member.kind !== "serviceAccount" || isOurs);
  };
  return [...organizations, ...folders, ...projects, ...serviceAccounts, ...services]
    .flatMap(({ bindings = [] }) => bindings.flatMap(({ members }) => members))
    .concat(groups.flatMap(({ members }) => members))
    .find(isStranger);
}

/** Puts what a file leaves out into a world. */
export function completeWorld({ defaults = {}, ...file }: FileWorld): World {
  const { projects, users } = { ...defaultWorld, ...file };
  const project = defaults.project ?? projects[0]?.id ?? defaultWorld.defaults.project;
  // What is the default world's is in the file's own project.
  const services: readonly FileService[] = file.services ?? defaultWorld.services.map((each) => ({ ...each, project }));
  const serviceAccounts = file.serviceAccounts ?? defaultWorld.serviceAccounts.map((each) => ({ ...each, project }));
  const region =
    defaults.region ?? services.find((service) => service.region !== undefined)?.region ?? defaultWorld.defaults.region;
  // A pool is in a project: the default world's goes with that.
  const { workloadIdentityPools = file.projects ? [] : (defaultWorld.workloadIdentityPools ?? []) } = file;
  return {
    ...file,
    ...(workloadIdentityPools.length > 0 ? { workloadIdentityPools } : {}),
    projects,
    users,
    serviceAccounts,
    services: services.map((service) => ({ project, region, ...service })),
    defaults: {
      project,
      region,
      accounts:
        defaults.accounts ?? users.filter(({ state }) => (state ?? "active") === "active").map(({ email }) => email),
      service: defaults.service ?? services[0]?.name ?? "",
      serviceAccount: defaults.serviceAccount ?? serviceAccounts[0]?.id ?? "",
    },
  };
}
