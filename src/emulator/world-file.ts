import type { Document, LineCounter, Node } from "yaml";
import { RunpassError } from "../core/errors.ts";
import { nearestName } from "../core/nearest.ts";
import { loadCel } from "../google/cel.ts";
import { serviceAccountEmail } from "../google/iam.ts";
import { parseMember } from "../google/member.ts";
import { loadConditions } from "../gate/condition.ts";
import { hasExpressions } from "./federation/pools.ts";
import { checkWorld, hasConditions } from "./world-check.ts";
import { loadWorldSchemas } from "./world-schema.ts";
import { defaultWorld } from "./world.ts";
import type { World, WorldDefaults, WorldService } from "./world.ts";

/** A service as a file describes it: project and region are the defaults' where it names none. */
export type FileService = Omit<WorldService, "project" | "region"> & Partial<Pick<WorldService, "project" | "region">>;

/** A world as a file describes it. What is left out is the default world's, or follows from the rest. */
export type FileWorld = Partial<Omit<World, "services" | "defaults">> & {
  readonly services?: readonly FileService[];
  readonly defaults?: Partial<WorldDefaults>;
};

/** Records by kind and key: what is only state. */
export type KeptRecords = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A whole file: `runpass.yaml`, or an export of the emulator. */
export interface FileDocument {
  /** The emulator's world. */
  readonly emulator?: FileWorld;
  /** In an export: in what the state differs from what its world begins with. */
  readonly state?: KeptRecords;
  /** In an export that was asked for them: what somebody else could be you with. */
  readonly secrets?: KeptRecords;
}

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
  const [yaml, schemas] = await Promise.all([import("yaml"), loadWorldSchemas()]);
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number): string => formatPlace(name, lines, offset);
  const syntax = [...document.errors, ...document.warnings];
  if (syntax.length > 0) {
    throw wrong(
      name,
      syntax.map(({ pos: [offset], message }) => [offset, `${place(offset)}: ${message}`]),
    );
  }
  const value = (document.toJS() ?? {}) as FileDocument;
  const mismatches = schemas.findMismatches(schemas.file, value);
  if (mismatches.length > 0) {
    throw wrong(
      name,
      mismatches.map(({ path, isUnknownKey, what, known }) => {
        const offset = offsetOf(document, path, isUnknownKey);
        const near = isUnknownKey ? nearestName(String(path.at(-1)), known) : undefined;
        return [offset, `${place(offset)}: ${what}${near === undefined ? "" : `: did you mean ${near}?`}`];
      }),
    );
  }
  if (value.emulator === undefined) return undefined;
  const world = completeWorld(value.emulator);
  if (hasConditions(value)) await loadConditions();
  if (hasExpressions(world)) await loadCel();
  try {
    checkWorld(world);
  } catch (error) {
    if (!(error instanceof RunpassError)) throw error;
    const what = error.message.replace(/^The world does not hold together: /, "");
    const reason = error.why === undefined ? what : `${what}: ${error.why}`;
    const offset = offsetOfNamed(document, reason);
    throw wrong(name, [[offset, `${place(offset)}: ${reason}`]]);
  }
  // In an export, accounts that were made since are among its records.
  const stranger = value.state === undefined ? findStranger(world) : undefined;
  if (stranger !== undefined) {
    const offset = offsetOfNamed(document, stranger);
    throw wrong(name, [[offset, `${place(offset)}: the member ${stranger} is not in this world`]]);
  }
  return { world, state: value.state ?? {}, secrets: value.secrets ?? {} };
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
export function completeWorld({ defaults = {}, services = defaultWorld.services, ...file }: FileWorld): World {
  const { projects, users, serviceAccounts } = { ...defaultWorld, ...file };
  const project = defaults.project ?? projects[0]?.id ?? defaultWorld.defaults.project;
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

/** All that is wrong, in the order of the file. */
function wrong(name: string, found: readonly (readonly [offset: number, line: string])[]): RunpassError {
  const listed = found.toSorted(([left], [right]) => left - right).map(([, line]) => line);
  return new RunpassError({
    code: "invalid_argument",
    message: `${name} describes no world that could start`,
    why: listed.join("\n       "),
    fix: "Correct the file and start again. What it may say: docs/world.md",
  });
}

function formatPlace(name: string, lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${name}:${line}:${col}`;
}

/** Where a value is in a file, or an unknown key. */
function offsetOf(document: Document, path: readonly (string | number)[], isKey: boolean): number {
  const holder = isKey ? document.getIn(path.slice(0, -1), true) : undefined;
  const pairs = (holder as { items?: readonly { key?: unknown }[] } | undefined)?.items ?? [];
  const key = pairs.find((pair) => (pair.key as { value?: unknown } | undefined)?.value === path.at(-1))?.key;
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const node = key ?? (depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true));
    const offset = (node as Node | undefined)?.range?.[0];
    if (offset !== undefined) return offset;
  }
  return 0;
}

/**
 * Where the thing is that a contradiction names: the last place of the longest text of the file that is in the sentence, one in
 * quotes before all others. Of two that contradict each other it is the second.
 */
function offsetOfNamed(document: Document, sentence: string): number {
  let best = { weight: 0, offset: document.contents?.range?.[0] ?? 0 };
  const visit = (node: unknown): void => {
    const { value, key, items, range } = node as {
      value?: unknown;
      key?: unknown;
      items?: readonly unknown[];
      range?: readonly [number, number, number];
    };
    if (items) for (const item of items) visit(item);
    else if (key !== undefined && value) visit(value);
    else if (typeof value === "string" && range && sentence.includes(value)) {
      const weight = value.length + (sentence.includes(JSON.stringify(value)) ? sentence.length : 0);
      if (weight >= best.weight) best = { weight, offset: range[0] };
    }
  };
  if (document.contents) visit(document.contents);
  return best.offset;
}
