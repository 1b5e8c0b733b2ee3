import type { RunServiceName } from "../google/run-name.ts";
import { isRunAppHost } from "../google/run-name.ts";
import { parseAuthority } from "../http/message.ts";
import { controlPrefix } from "./control.ts";
import { formatLocalHost, parseLocalHost } from "./local-host.ts";
import { isMetadataHost, metadataPrefix } from "./metadata/hosts.ts";
import { isOwnHost } from "./own-address.ts";

/** Who answers a request. */
export type Destination =
  | { readonly kind: "service"; readonly host: string }
  /** `host` is the API's own, whichever way the request came in. */
  | { readonly kind: "api"; readonly host: string }
  | { readonly kind: "control" }
  | { readonly kind: "metadata" }
  | { readonly kind: "none"; readonly why: string };

/** What {@link findDestination} may ask. */
export interface Routes {
  isApiHost(host: string): boolean;
  /** The API that a path on the emulator's own address belongs to. */
  apiHostOfPath(path: string): string | undefined;
  services(): readonly RunServiceName[];
}

/** Tells by host, and on the emulator's own address by path, who answers. */
export function findDestination(authority: string, path: string, routes: Routes): Destination {
  const host = parseAuthority(authority)?.host;
  if (host === undefined) return { kind: "none", why: "The request names no host." };
  if (isRunAppHost(host)) return { kind: "service", host };
  if (routes.isApiHost(host)) return { kind: "api", host };
  if (isMetadataHost(host)) return { kind: "metadata" };
  if (isOwnHost(host)) return findOwnDestination(path, routes);
  const local = parseLocalHost(host, routes.services());
  if (!local) return { kind: "none", why: `The emulator does not know the host ${host}. ${describeRoutes(routes)}` };
  if (local.services.length === 1) return { kind: "service", host };
  const several = local.services.map((name) => formatLocalHost(name, routes.services())).join(", ");
  if (several) return { kind: "none", why: `${host} fits several services: use one of ${several}.` };
  return { kind: "none", why: `No service is called ${host}. ${describeRoutes(routes)}` };
}

function findOwnDestination(path: string, routes: Routes): Destination {
  if (path.startsWith(controlPrefix)) return { kind: "control" };
  if (path === metadataPrefix || path.startsWith(`${metadataPrefix}/`)) return { kind: "metadata" };
  const host = routes.apiHostOfPath(path);
  if (host !== undefined) return { kind: "api", host };
  return { kind: "none", why: `This is a runpass emulator, and nothing is at this path. ${describeRoutes(routes)}` };
}

function describeRoutes(routes: Routes): string {
  const services = routes.services();
  const hosts = services.slice(0, 5).map((name) => formatLocalHost(name, services));
  const rest = services.length > hosts.length ? `, and ${services.length - hosts.length} more` : "";
  return (
    `There are: services (${hosts.join(", ") || "none yet"}${rest}, and their run.app addresses through the proxy), ` +
    `Google's APIs and the metadata server by their paths, and ${controlPrefix}status.`
  );
}
