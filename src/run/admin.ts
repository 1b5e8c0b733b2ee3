import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import { callApi } from "../google/call.ts";
import { formatServiceName } from "../google/run-name.ts";
import type { RunServiceName } from "../google/run-name.ts";
import type { KnativeServiceList } from "../google/run-v1.ts";
import { runHost } from "../google/run-v2.ts";
import type { RunService } from "../google/run-v2.ts";
import { serviceOfV1, serviceOfV2 } from "./found-service.ts";
import type { FoundService } from "./found-service.ts";

/** Gives an access token of the caller's. */
export type AccessToken = () => Promise<string>;

/**
 * One service, by `run.services.get`.
 *
 * @returns `undefined` while the service has no address yet.
 * @throws {ApiError} as Google answers; `not_found` where its addresses are switched off.
 */
export async function getService(
  context: Context,
  name: RunServiceName,
  accessToken: AccessToken,
): Promise<FoundService | undefined> {
  const service = await callApi<RunService>(context.fetch, {
    method: "GET",
    url: `https://${runHost}/v2/${formatServiceName(name)}`,
    accessToken: await accessToken(),
    signal: context.signal,
  });
  const found = serviceOfV2(service, name.project);
  if (!found && service.defaultUriDisabled) throw addressSwitchedOff(name);
  return found;
}

function addressSwitchedOff({ project, region, service }: RunServiceName): RunpassError {
  return new RunpassError({
    code: "not_found",
    message: `${service} has no address of its own: its run.app addresses are switched off`,
    fix:
      `Call it by the address that stands before it, with --audience, or switch its own on: ` +
      `gcloud run services update ${service} --default-url --region ${region} --project ${project}`,
  });
}

/**
 * The services of a project in every region, by `run.services.list`. API v1, since v2 has no list across regions. Regions
 * that do not answer are named in a warning.
 *
 * @throws {ApiError} as Google answers.
 */
export async function listServices(
  context: Context,
  project: string,
  accessToken: AccessToken,
): Promise<FoundService[]> {
  const found: FoundService[] = [];
  let next: unknown;
  do {
    const query = typeof next === "string" && next !== "" ? `?continue=${encodeURIComponent(next)}` : "";
    const page = await callApi<Partial<KnativeServiceList>>(context.fetch, {
      method: "GET",
      url: `https://${runHost}/v1/projects/${encodeURIComponent(project)}/locations/-/services${query}`,
      accessToken: await accessToken(),
      signal: context.signal,
    });
    for (const item of page.items ?? []) {
      const service = serviceOfV1(item, project);
      if (service) found.push(service);
    }
    if (page.unreachable?.length) context.log.warn(`These regions did not answer: ${page.unreachable.join(", ")}`);
    next = page.metadata?.["continue"];
  } while (typeof next === "string" && next !== "");
  return found;
}
