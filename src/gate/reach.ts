import { isRunAppHost } from "../google/run-name.ts";
import type { GateRequest, TraceStep } from "./decision.ts";
import { failed, passed } from "./steps.ts";
import type { GateService } from "./view.ts";

const allTraffic = passed("ingress", "the service takes traffic from everywhere", "ingress");

const defaultDisabled = failed("default address", "the service's run.app address is disabled", "default-address");

/**
 * The rules before any credential counts: reserved paths, ingress, the default address. If the last step failed, the request
 * does not reach the service. Every request counts as one from the internet.
 * Source: Cloud Run documentation, "Known issues: reserved URL paths", "Restrict network ingress", "Disable the default URL".
 */
export function judgeReach(service: GateService, request: GateRequest): TraceStep[] {
  const steps = [passed("host", `${request.host} is ${service.name}`, "host")];
  const reserved = judgePath(request.path);
  if (reserved) {
    steps.push(reserved);
  } else if (service.ingress !== "INGRESS_TRAFFIC_ALL") {
    steps.push(failed("ingress", `${service.ingress} takes no traffic from the internet`, "ingress"));
  } else {
    steps.push(allTraffic);
    if (service.defaultUriDisabled && isDefaultHost(request.host)) steps.push(defaultDisabled);
  }
  return steps;
}

/** Paths that Google's front end keeps for itself. Only those are listed that are known by name. */
function judgePath(pathWithQuery: string): TraceStep | undefined {
  const queryAt = pathWithQuery.indexOf("?");
  const path = queryAt < 0 ? pathWithQuery : pathWithQuery.slice(0, queryAt);
  if (path.startsWith("/_ah/") || path === "/eventlog") return failed("path", "the path is reserved", "reserved-path");
  if (path === "/healthz") return failed("path", "the path is reserved", "healthz");
  return undefined;
}

/** A host under `.localhost` stands for the run.app address. */
function isDefaultHost(host: string): boolean {
  return isRunAppHost(host) || host.endsWith(".localhost");
}
