import type { FoundService } from "../run/found-service.ts";
import { isRunAppHost } from "../google/run-name.ts";
import { failed, notApplicable, passed } from "./finding.ts";
import type { Finding } from "./finding.ts";

/**
 * What a service's own settings say about a call of one of its addresses. Source: Cloud Run documentation, "Restrict network
 * endpoint ingress", "Disable the default URL", "Configure IAP", "Allowing public access".
 */
export function judgeService(service: FoundService, origin: string): readonly Finding[] {
  return [judgeAddress(service, origin), judgeIngress(service), judgeIap(service), judgeCheck(service)];
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
