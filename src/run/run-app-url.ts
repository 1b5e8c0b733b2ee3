import { isServiceId, splitTag } from "../google/run-name.ts";

/** What a deterministic run.app address says of its service. */
export interface RunAppParts {
  readonly service: string;
  readonly projectNumber: string;
  readonly region: string;
}

/**
 * Reads `[TAG---]SERVICE-PROJECTNUMBER.REGION.run.app`.
 *
 * @returns `undefined` for other hosts, `SERVICE-HASH-xx.a.run.app` among them: a hash cannot be turned back into a project.
 */
export function parseDeterministicHost(host: string): RunAppParts | undefined {
  const match = /^(.+)-(\d{6,})\.([a-z]+(?:-[a-z0-9]+)+)\.run\.app$/.exec(splitTag(host).host);
  const [, service = "", projectNumber = "", region = ""] = match ?? [];
  return isServiceId(service) ? { service, projectNumber, region } : undefined;
}
