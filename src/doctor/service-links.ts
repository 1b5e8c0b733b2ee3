import { isRunAppHost } from "../google/run-name.ts";
import type { RunServiceName } from "../google/run-name.ts";
import { findService } from "../run/find-service.ts";
import type { FoundService } from "../run/found-service.ts";
import { isLoopbackHost } from "../run/service-url.ts";
import type { Identity } from "./credential-link.ts";
import { failed, notApplicable, passed, unknown } from "./finding.ts";
import type { Finding } from "./finding.ts";
import type { DiagnoseOptions, Walk } from "./walk.ts";

/** Where the call goes. */
export interface Place {
  readonly service?: FoundService | undefined;
  /** `https://HOST`, where it is known. */
  readonly origin?: string | undefined;
  /** What the token is to be made out to. */
  readonly audience?: string | undefined;
  /** Whether a token may be sent there: never in clear, nor to where nobody knows whose it is. */
  readonly takesTokens: boolean;
}

/** Finds the service by Cloud Run Admin. */
export async function lookAtService(walk: Walk, { accessToken }: Identity): Promise<Place> {
  const { target, audience } = walk.options;
  const options = { ...walk.options, accessToken: async () => accessToken ?? "" };
  const service =
    accessToken === undefined
      ? undefined
      : await walk.attempt("service", async () => findService(walk.context, options));
  const origin = target.kind === "url" ? target.origin : service?.url;
  const takesTokens = origin !== undefined && (service !== undefined || isTrusted(new URL(origin), audience));
  return { service, origin, audience: audience ?? service?.url ?? origin, takesTokens };
}

function isTrusted({ protocol, hostname }: URL, audience: string | undefined): boolean {
  if (isLoopbackHost(hostname)) return true;
  return protocol === "https:" && (isRunAppHost(hostname) || audience !== undefined);
}

/** The service's name, where it is known before anything is asked: policies go by the project's id, not its number. */
export function nameIn({ target, project, region }: DiagnoseOptions): RunServiceName | undefined {
  if (target.kind === "url") return undefined;
  const name = { project: target.project ?? project, region: target.region ?? region, service: target.service };
  const isKnown = name.project !== undefined && !/^\d+$/.test(name.project) && name.region !== undefined;
  return isKnown ? (name as RunServiceName) : undefined;
}

/**
 * What a service's own settings say about a call of one of its addresses. Source: Cloud Run documentation, "Restrict network
 * endpoint ingress", "Disable the default URL", "Configure IAP", "Allowing public access".
 */
export function judgeService(walk: Walk, { service, origin, takesTokens }: Place): readonly Finding[] {
  if (!service) {
    const why = walk.failure("service") ?? unknown("service", "not looked up: that takes an access token");
    const isUnsafe = origin !== undefined && !takesTokens;
    return isUnsafe
      ? [
          why,
          failed(
            "address",
            `no token is sent to ${origin}: ${origin.startsWith("http:") ? "anyone on the way could read it" : "nothing says that it is Cloud Run's"}`,
          ),
        ]
      : [why];
  }
  const { service: id, region, project } = service.name;
  const { notReady } = service;
  return [
    {
      ...passed("service", `${id} is in ${region} of project ${project}`),
      ...(notReady === undefined ? {} : { besides: `its last deployment has failed: ${notReady}` }),
    },
    judgeAddress(service, origin ?? service.url),
    judgeIngress(service),
    judgeIap(service),
    judgeCheck(service),
  ];
}

function judgeAddress({ defaultUriDisabled, urls, tagUrls, customAudiences }: FoundService, origin: string): Finding {
  if (!isRunAppHost(new URL(origin).host)) {
    return customAudiences.includes(origin)
      ? passed("address", `${origin} is a custom audience of the service`)
      : notApplicable(
          "address",
          `${origin} is no address of Cloud Run's own: what stands before it is not looked into`,
        );
  }
  if (defaultUriDisabled)
    return failed("address", "its run.app addresses are switched off: they answer 404 to everybody");
  if (urls.includes(origin)) return passed("address", `${origin} is an address of the service`);
  return tagUrls.includes(origin)
    ? passed("address", `${origin} is the address of a tag; the token is made out to ${urls[0]}`)
    : failed("address", `${origin} is no address of the service; it has ${urls.join(" and ")}`);
}

function judgeIngress({ ingress }: FoundService): Finding {
  switch (ingress) {
    case "INGRESS_TRAFFIC_ALL":
      return passed("ingress", "it takes traffic from everywhere");
    case "INGRESS_TRAFFIC_INTERNAL_ONLY":
      return failed("ingress", "it takes internal traffic only: calls from elsewhere are answered with 404");
    case "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER":
      return failed(
        "ingress",
        "it takes traffic from inside and from load balancers only: its own address answers 404 elsewhere",
      );
    case "INGRESS_TRAFFIC_NONE":
      return failed("ingress", "it takes no traffic at all");
  }
}

function judgeIap({ iapEnabled }: FoundService): Finding {
  return iapEnabled
    ? failed("IAP", "Identity-Aware Proxy stands before it, which takes tokens for its own audience")
    : notApplicable("IAP", "Identity-Aware Proxy is off");
}

function judgeCheck({ invokerIamDisabled }: FoundService): Finding {
  return invokerIamDisabled
    ? notApplicable("invoker check", "it is off: everybody may call, and no policy counts")
    : passed("invoker check", "it is on: callers need run.routes.invoke");
}
