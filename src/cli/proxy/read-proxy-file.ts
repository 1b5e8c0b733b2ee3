import { dirname, resolve } from "node:path";
import { readConfigFile } from "../../config/config-file.ts";
import type { ConfigFile } from "../../config/config-file.ts";
import { RunpassError } from "../../core/errors.ts";
import { loadProxySchema } from "../../proxy/proxy-section.ts";
import type { ProxyDocument, ProxySection, ProxySectionService } from "../../proxy/proxy-section.ts";
import type { Invocation } from "../command-line/command.ts";
import type { FlagName } from "../command-line/flags.ts";
import { readNamedFile, readUsualFile, usualFile } from "../read-named-file.ts";
import { parseServiceTarget } from "../service-token.ts";
import { withFileValues } from "../command-line/settings.ts";
import type { FlagValue, Settings } from "../command-line/settings.ts";
import { takeName } from "./read-targets.ts";
import type { ProxyTarget } from "./read-targets.ts";

/** What a file says that a proxy shall serve. */
export interface ProxyFile {
  /** As named. */
  readonly name: string;
  /** Flags over variables over the file. */
  readonly settings: Settings;
  readonly targets: readonly ProxyTarget[];
}

/** Members of a section that stand for flags of another name. */
const flagNames: Readonly<Record<string, FlagName>> = {
  as: "impersonate-service-account",
  audience: "audiences",
};

/** Members that are no flags. */
const ownMembers: ReadonlySet<string> = new Set(["services", "target", "name", "socket", "hosts", "routes"]);

/**
 * Reads the file that `--file` names, else `./runpass.yaml`.
 *
 * @returns `undefined` where none is named, and there is none or it has no section `proxy`.
 * @throws {RunpassError} `not_found`; `invalid_argument` with file, line, column and reason of everything that is wrong.
 */
export async function readProxyFile(invocation: Invocation): Promise<ProxyFile | undefined> {
  const { settings, spec } = invocation;
  const named = settings.text("file");
  const name = named ?? usualFile;
  const fix = "Name a file with a section proxy: docs/proxy.md";
  const text = await (named === undefined ? readUsualFile(name, fix) : readNamedFile(name, fix));
  if (text === undefined) return undefined;
  const complaint = {
    message: "cannot be used by runpass proxy",
    fix: "Correct the file. What it may say: docs/proxy.md",
  };
  const [file, schema] = await Promise.all([readConfigFile(text, name, complaint), loadProxySchema()]);
  const mismatches = schema.findMismatches(schema.document, file.value);
  if (mismatches.length > 0) throw file.mismatched(mismatches);
  const { proxy: section } = file.value as ProxyDocument;
  if (section === undefined) {
    if (named === undefined) return undefined;
    throw new RunpassError({
      code: "invalid_argument",
      message: `${name} says nothing of a proxy`,
      why: "it has no section proxy",
      fix: "What it may say: docs/proxy.md",
    });
  }
  if (section.services.length === 0) throw file.wrongAt(["proxy", "services"], "no service is in it");
  const folder = dirname(resolve(name));
  const { services, ...common } = section;
  const taken = new Set(services.flatMap((service) => service.name ?? []));
  checkUnique(file, services, "name");
  checkUnique(file, services, "port");
  checkUnique(file, services, "socket");
  return {
    name,
    settings: withFileValues(settings, spec, flagValues(common, folder), name),
    targets: services.map((service, index) => {
      const { socket, port, ...own } = service;
      if (socket !== undefined && port !== undefined) {
        throw file.wrongAt(
          ["proxy", "services", index, "socket"],
          "a service has a port or a socket of its own, not both",
        );
      }
      const target = readTarget(file, service, index);
      const at = socket === undefined ? port : resolve(folder, socket);
      return {
        text: service.target,
        target,
        name: service.name ?? takeName(target, taken),
        ...(at === undefined ? {} : { at }),
        own: {
          settings: withFileValues(settings, spec, flagValues({ ...common, ...own }, folder), name),
          hosts: service.hosts,
          routes: service.routes,
        },
      };
    }),
  };
}

function readTarget(file: ConfigFile, { target }: ProxySectionService, index: number): ProxyTarget["target"] {
  try {
    return parseServiceTarget(target);
  } catch (error) {
    if (!(error instanceof RunpassError)) throw error;
    const { message, why, fix } = error;
    const reason = [message, why, fix].filter((part) => part !== undefined).join(": ");
    throw file.wrongAt(["proxy", "services", index, "target"], reason);
  }
}

/** Port 0 is another free one each time. */
function checkUnique(
  file: ConfigFile,
  services: readonly ProxySectionService[],
  member: "name" | "port" | "socket",
): void {
  const seen = new Set<string | number>();
  for (const [index, { [member]: value }] of services.entries()) {
    if (value === undefined || value === 0) continue;
    if (seen.has(value))
      throw file.wrongAt(["proxy", "services", index, member], `${value} is another service's ${member} already`);
    seen.add(value);
  }
}

/** Files are named from the folder of the file that names them. */
function flagValues(
  members: Partial<ProxySection & ProxySectionService>,
  folder: string,
): ReadonlyMap<FlagName, FlagValue> {
  const values = new Map<FlagName, FlagValue>();
  for (const [member, value] of Object.entries(members) as [keyof typeof members, unknown][]) {
    if (ownMembers.has(member) || value === false || value === undefined) continue;
    const name = flagNames[member] ?? (member.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`) as FlagName);
    if (typeof value === "string") values.set(name, isFile(member, value) ? resolve(folder, value) : value);
    else values.set(name, typeof value === "number" ? String(value) : (value as FlagValue));
  }
  return values;
}

function isFile(member: string, value: string): boolean {
  if (member === "secret") return !value.startsWith("env:");
  if (member === "credentials") return !/^(?:login|gcloud|adc|metadata)$/.test(value);
  return member === "tlsCert" || member === "tlsKey";
}
