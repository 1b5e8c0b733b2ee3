import { adcClientId, gcloudClientId } from "../google/oauth.ts";
import { isRunAppHost, splitTag } from "../google/run-name.ts";
import type { TraceStep } from "./decision.ts";
import { failed, passed, quote } from "./steps.ts";
import type { GateService, Principal } from "./view.ts";

/** Audiences on which the sources disagree: switches. */
export interface AudienceOptions {
  /** Takes user tokens of `gcloud auth application-default login`. Default false. */
  readonly acceptAdcClient?: boolean;
  /** Takes an address of the service with a path behind it, as push subscriptions and task queues send by default. Default false. */
  readonly acceptAudiencePath?: boolean;
  /** Takes one run.app address of the service as the audience of requests to another. Default true. */
  readonly acceptOtherAddress?: boolean;
}

const rule = "audience";

/**
 * Whether a token is meant for a service. Source: Cloud Run documentation, "Service-to-service authentication", "Custom
 * audiences", "Authenticate developers".
 *
 * @param host The requested host, lower case, without port: it does not decide, but tells how sure the outcome is.
 */
export function judgeAudience(
  audience: string,
  service: GateService,
  principal: Principal | undefined,
  host: string,
  options: AudienceOptions = {},
): TraceStep {
  if (service.customAudiences.includes(audience)) {
    return passed(rule, `aud ${quote(audience)} is a custom audience of the service`, "custom-audience");
  }
  if (audience === gcloudClientId || audience === adcClientId) return judgeClientId(audience, principal, options);
  const url = audience.endsWith("/") ? audience.slice(0, -1) : audience;
  if (service.urls.includes(url) && !isTagAddress(url)) {
    const detail = `aud "${audience}" is an address of the service`;
    if (!isOtherAddress(url, host)) return passed(rule, detail, "audience");
    const another = `${detail}, but not the one that was called`;
    const { acceptOtherAddress = true } = options;
    return acceptOtherAddress ? passed(rule, detail, "other-address") : failed(rule, another, "other-address");
  }
  if (service.urls.some((address) => audience.startsWith(`${address}/`) && !isTagAddress(address))) {
    const detail = `aud ${quote(audience)} is an address of the service with a path behind it`;
    return options.acceptAudiencePath ? passed(rule, detail, "audience-path") : failed(rule, detail, "audience-path");
  }
  if (isTagAddress(url)) {
    return failed(rule, `aud ${quote(audience)} is the address of a tag; the service's own is needed`, "tag-audience");
  }
  return failed(rule, `aud ${quote(audience)} is no audience of ${service.name}`, "audience");
}

/** gcloud's tokens for people carry no audience of a service, so the client id has to do. */
function judgeClientId(clientId: string, principal: Principal | undefined, options: AudienceOptions): TraceStep {
  if (principal?.kind === "serviceAccount") {
    return failed(rule, "aud is an OAuth client of Google's, which counts for users only", "client-of-account");
  }
  if (clientId === gcloudClientId) return passed(rule, "aud is gcloud's OAuth client", "gcloud-client");
  const detail = "aud is the OAuth client of Application Default Credentials, on which the sources disagree";
  return options.acceptAdcClient ? passed(rule, detail, "adc-client") : failed(rule, detail, "adc-client");
}

/** `https://TAG---…`: an address, but never an audience. */
function isTagAddress(url: string): boolean {
  return url.startsWith("https://") && url.includes("---");
}

/** A service has several addresses. Whether each counts for requests to the others is not documented. */
function isOtherAddress(url: string, host: string): boolean {
  return isRunAppHost(host) && !url.endsWith(`/${splitTag(host).host}`);
}
