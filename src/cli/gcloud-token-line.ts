import { shellQuote } from "../access/gcloud-lines.ts";
import { audienceOfUrl } from "../run/audience.ts";
import type { ServiceTarget, UrlTarget } from "../run/target.ts";
import type { Session } from "./session.ts";
import type { Settings } from "./command-line/settings.ts";

/** The gcloud line that prints the ID token which a call needs. */
export function gcloudTokenLine(
  session: Session,
  settings: Settings,
  target: ServiceTarget | UrlTarget | undefined,
): string {
  const tokenFile = settings.text("token-file");
  if (tokenFile !== undefined) return `cat ${shellQuote(tokenFile)}`;
  const words = ["gcloud auth print-identity-token"];
  const account = settings.text("account");
  if (session.impersonate) {
    words.push("--impersonate-service-account", shellQuote(session.impersonate.join(",")));
    const given = settings.text("audiences");
    const audience = given === undefined ? target && gcloudAddress(session, target, "audience") : shellQuote(given);
    if (audience !== undefined) words.push("--audiences", audience);
    if (settings.has("include-email")) words.push("--include-email");
  }
  if (account !== undefined) words.push("--account", shellQuote(account));
  return words.join(" ");
}

/** A service's address as a word of a shell: written out, or asked of gcloud. */
export function gcloudAddress(session: Session, target: ServiceTarget | UrlTarget, what: "audience" | "url"): string {
  if (target.kind === "url")
    return shellQuote((what === "audience" ? audienceOfUrl(target) : undefined) ?? target.origin);
  const project = target.project ?? session.project;
  const region = target.region ?? session.region;
  const words = [
    `gcloud run services describe ${target.service}`,
    ...(region === undefined ? [] : [`--region ${shellQuote(region)}`]),
    ...(project === undefined ? [] : [`--project ${shellQuote(project)}`]),
    "--format 'value(status.url)'",
  ];
  return `"$(${words.join(" ")})"`;
}
