import type { Resource } from "../access/resource.ts";
import { findService } from "../run/find-service.ts";
import type { FoundService } from "../run/found-service.ts";
import type { ServiceTarget, UrlTarget } from "../run/target.ts";
import type { Session } from "./session.ts";

/** A service as something that a policy hangs on. */
export type ServiceResource = Resource & { readonly kind: "service" };

/** Finds the service that a target means. */
export async function findServiceResource(
  session: Session,
  target: ServiceTarget | UrlTarget,
): Promise<{ readonly resource: ServiceResource; readonly service: FoundService }> {
  const { project, region, accessToken } = session;
  const service = await findService(session.context, { target, project, region, accessToken });
  return { resource: { kind: "service", name: service.name }, service };
}

/** The same without asking Google, where the target and the settings say it all. */
export function serviceResourceByName(
  session: Session,
  target: ServiceTarget | UrlTarget,
): { readonly resource: ServiceResource } | undefined {
  if (target.kind === "url") return undefined;
  const project = target.project ?? session.project;
  const region = target.region ?? session.region;
  if (project === undefined || region === undefined) return undefined;
  return { resource: { kind: "service", name: { project, region, service: target.service } } };
}
