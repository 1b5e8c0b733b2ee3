import { splitTag } from "../google/run-name.ts";
import type { RunServiceName } from "../google/run-name.ts";

/** What a host under `.localhost` stands for: one service, or several when the name does not say which. */
export interface LocalHost {
  readonly tag?: string;
  readonly services: readonly RunServiceName[];
}

/** Reads `[TAG---]SERVICE[.REGION[.PROJECT]].localhost` (lower case, without port), or `undefined` for any other host. */
export function parseLocalHost(host: string, services: readonly RunServiceName[]): LocalHost | undefined {
  if (!host.endsWith(".localhost")) return undefined;
  const { tag, host: untagged } = splitTag(host);
  const [service, region, project, ...rest] = untagged.slice(0, -".localhost".length).split(".");
  const fitting = services.filter(
    (candidate) =>
      candidate.service === service &&
      (region ?? candidate.region) === candidate.region &&
      (project ?? candidate.project) === candidate.project &&
      rest.length === 0,
  );
  return { ...(tag === undefined ? {} : { tag }), services: fitting };
}

/** The shortest host under `.localhost` that means this service and no other. */
export function formatLocalHost(name: RunServiceName, services: readonly RunServiceName[]): string {
  const { service, region, project } = name;
  const hosts = [service, `${service}.${region}`, `${service}.${region}.${project}`].map((host) => `${host}.localhost`);
  return hosts.find((host) => parseLocalHost(host, services)?.services.length === 1) ?? hosts.at(-1)!;
}
