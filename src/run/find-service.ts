import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import { ApiError } from "../google/call.ts";
import { errorReason } from "../google/status.ts";
import { formatServiceName, isRunAppHost, splitTag } from "../google/run-name.ts";
import { getService, listServices } from "./admin.ts";
import type { AccessToken } from "./admin.ts";
import type { FoundService } from "./found-service.ts";
import { nearestName } from "../core/nearest.ts";
import { parseDeterministicHost } from "./run-app-url.ts";
import type { ServiceTarget, UrlTarget } from "./target.ts";

/** What {@link findService} needs to know. */
export interface FindServiceOptions {
  readonly target: ServiceTarget | UrlTarget;
  /** Id or number of the project, unless the target names one. */
  readonly project: string | undefined;
  /** Unless the target names one; absent: every region is looked at. */
  readonly region: string | undefined;
  readonly accessToken: AccessToken;
}

/**
 * Finds a service by Cloud Run Admin: one GET where the region is known, else a list across regions. A URL is matched with
 * the addresses and audiences of the project's services.
 *
 * @throws {RunpassError} `not_found` with the nearest match, `ambiguous_target` with the choices, `permission_denied`,
 * `invalid_argument` where no project is known.
 */
export async function findService(context: Context, options: FindServiceOptions): Promise<FoundService> {
  const { target } = options;
  return target.kind === "url" ? findByUrl(context, options, target) : findByName(context, options, target);
}

async function findByName(context: Context, options: FindServiceOptions, target: ServiceTarget): Promise<FoundService> {
  const project = target.project ?? requireProject(options);
  const region = target.region ?? options.region;
  const { service } = target;
  if (region !== undefined) {
    try {
      const found = await getService(context, { project, region, service }, options.accessToken);
      if (!found) throw notReady(formatServiceName({ project, region, service }));
      return found;
    } catch (error) {
      if (!(error instanceof ApiError && error.code === "not_found")) throw explained(error, "get", service, project);
      const others = await listServices(context, project, options.accessToken).catch(() => []); // a hint is worth no error
      throw notFound(`${service} in ${region}`, project, service, others);
    }
  }
  const services = await list(context, options, project, service);
  const matches = services.filter(({ name }) => name.service === service);
  if (matches.length > 1) {
    const choices = matches.map(({ name }) => `${service}@${name.region}`);
    throw new RunpassError({
      code: "ambiguous_target",
      message: `${service} is in ${choices.length} regions of project ${project}`,
      fix: `Say which: ${choices.toSorted().join(", ")} (or set --region).`,
    });
  }
  const [found] = matches;
  if (!found) throw notFound(service, project, service, services);
  return found;
}

async function findByUrl(context: Context, options: FindServiceOptions, target: UrlTarget): Promise<FoundService> {
  const parts = parseDeterministicHost(target.host);
  if (parts) {
    const name = { project: parts.projectNumber, region: parts.region, service: parts.service };
    try {
      const found = await getService(context, name, options.accessToken);
      if (!found) throw notReady(formatServiceName(name));
      // The answer may name the project by its number; where it is the one in use, its id reads better.
      return found;
    } catch (error) {
      throw explained(error, "get", parts.service, parts.projectNumber);
    }
  }
  const project = requireProject(options);
  const origin = `${target.scheme}://${splitTag(target.host).host}`;
  const services = await list(context, options, project, target.origin);
  const found = services.find(({ urls, tagUrls, customAudiences }) =>
    isRunAppHost(target.host)
      ? urls.includes(origin) || tagUrls.includes(target.origin)
      : customAudiences.some((audience) => audience.replace(/\/$/, "") === target.origin),
  );
  if (found) return found;
  throw new RunpassError({
    code: "not_found",
    message: `No service of project ${project} has the address ${target.origin}`,
    fix: isRunAppHost(target.host)
      ? "Name the service's project with --project, or give projects/PROJECT/locations/REGION/services/SERVICE."
      : "Give the service by its name; for a call, the audience that it accepts with --audience.",
  });
}

async function list(
  context: Context,
  options: FindServiceOptions,
  project: string,
  wanted: string,
): Promise<FoundService[]> {
  try {
    return await listServices(context, project, options.accessToken);
  } catch (error) {
    throw explained(error, "list", wanted, project);
  }
}

function requireProject({ project }: FindServiceOptions): string {
  if (project !== undefined) return project;
  throw new RunpassError({
    code: "invalid_argument",
    message: "No project is set",
    fix: "Give --project PROJECT, or set it once: gcloud config set project PROJECT",
  });
}

/** What Google's refusal means for someone who only wanted an address. Other errors come back as they are. */
function explained(error: unknown, verb: "get" | "list", wanted: string, project: string): unknown {
  if (!(error instanceof ApiError)) return error;
  if (error.code === "not_found") {
    return new RunpassError({
      code: "not_found",
      message: `${wanted} was not found in project ${project}`,
      why: error.message,
      fix: "List what is there: gcloud run services list",
      cause: error,
    });
  }
  if (error.code !== "permission_denied") return error;
  const disabled = errorReason(error.details) === "SERVICE_DISABLED";
  return new RunpassError({
    code: "permission_denied",
    message: `You may not look up ${wanted} in project ${project}`,
    why: error.message,
    fix: disabled
      ? `Enable the API: gcloud services enable run.googleapis.com --project ${project}`
      : `Ask for roles/run.viewer (it holds run.services.${verb}), or give the service's run.app URL: it needs no look-up.`,
    cause: error,
  });
}

function notFound(what: string, project: string, service: string, services: readonly FoundService[]): RunpassError {
  const elsewhere = services
    .filter(({ name }) => name.service === service)
    .map(({ name }) => `${service}@${name.region}`);
  const near = nearestName(service, [...new Set(services.map(({ name }) => name.service))]);
  const fix =
    elsewhere.length > 0
      ? `It is elsewhere: ${elsewhere.join(", ")}`
      : near === undefined
        ? "List what is there: gcloud run services list"
        : `Did you mean ${near}?`;
  return new RunpassError({ code: "not_found", message: `There is no service ${what} of project ${project}`, fix });
}

function notReady(name: string): RunpassError {
  return new RunpassError({
    code: "not_found",
    message: `${name} has no address yet`,
    why: "its first deployment has not finished, or has failed",
    fix: "Look at it: gcloud run services describe SERVICE",
  });
}
