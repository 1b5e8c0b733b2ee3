import { isAbsolute } from "node:path";
import type { RouteHeader } from "../../proxy/auth-header.ts";
import type { ServiceTarget, UrlTarget } from "../../run/target.ts";
import { parseServiceTarget } from "../service-token.ts";
import type { Settings } from "../command-line/settings.ts";
import { usageError } from "../command-line/usage-error.ts";

/** A service to lead to, and where. */
export interface ProxyTarget {
  /** As typed, without the local part. */
  readonly text: string;
  readonly target: ServiceTarget | UrlTarget;
  /** Unique among all: `NAME.localhost` is its host. */
  readonly name: string;
  /** A port or the path of a Unix socket of its own. */
  readonly at?: number | string;
  /** What a file says of it alone. Default: the call's settings, and nothing else. */
  readonly own?: {
    readonly settings: Settings;
    readonly hosts: readonly string[] | undefined;
    readonly routes: readonly RouteHeader[] | undefined;
  };
}

/**
 * Reads `[LOCALPORT:]TARGET` words.
 *
 * @throws {RunpassError} `invalid_argument`.
 */
export function readProxyTargets(words: readonly string[]): readonly ProxyTarget[] {
  const names = new Set<string>();
  return words.map((word) => {
    const { at, text } = splitLocal(word);
    const target = parseServiceTarget(text);
    return { text, target, name: takeName(target, names), ...(at === undefined ? {} : { at }) };
  });
}

/** A name for a service that none before it has. */
export function takeName(target: ServiceTarget | UrlTarget, taken: Set<string>): string {
  const name = uniqueName(nameOf(target), target, taken);
  taken.add(name);
  return name;
}

function splitLocal(word: string): { readonly at?: number | string; readonly text: string } {
  const [, port, text = ""] = /^(\d+):(.*)$/s.exec(word) ?? [];
  if (port !== undefined) {
    if (Number(port) > 65_535) throw usageError(`${port} is no port`, "Give a number up to 65535; 0 takes a free one.");
    return { at: Number(port), text };
  }
  const [, path, rest = ""] = /^((?:\/|\.{1,2}\/)[^:]*):(.*)$/s.exec(word) ?? [];
  return path !== undefined && (isAbsolute(path) || path.startsWith(".")) ? { at: path, text: rest } : { text: word };
}

/** The service's name; of a URL the first part of its host, without the hash or project number that Cloud Run puts behind. */
function nameOf(target: ServiceTarget | UrlTarget): string {
  if (target.kind === "service") return target.service;
  const [label = ""] = target.host.split(".");
  const name = target.host.endsWith(".run.app") ? label.replace(/-(?:\d{6,}|[a-z0-9]{10}-[a-z]{2,3})$/, "") : label;
  return /^[a-z][a-z0-9-]*$/.test(name) ? name : "service";
}

function uniqueName(name: string, target: ServiceTarget | UrlTarget, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  const region = target.kind === "service" ? target.region : undefined;
  const candidates = [
    ...(region === undefined ? [] : [`${name}-${region}`]),
    ...[2, 3, 4, 5, 6].map((n) => `${name}-${n}`),
  ];
  const free = candidates.find((candidate) => !taken.has(candidate));
  if (free === undefined) throw usageError(`${name} is named too often`, "Name each service once.");
  return free;
}
