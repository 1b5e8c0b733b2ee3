import { adcClientId, gcloudClientId } from "../google/oauth.ts";
import { decodeJwt } from "../google/id-token.ts";
import type { FoundService } from "../run/found-service.ts";
import { getIdToken } from "../tokens/id-tokens.ts";
import type { IdToken } from "../tokens/id-tokens.ts";
import type { Identity } from "./credential-link.ts";
import { failed, notApplicable, passed, unknown } from "./finding.ts";
import type { Finding } from "./finding.ts";
import type { Place } from "./service-links.ts";
import type { Walk } from "./walk.ts";

/** Gets the ID token that a call would carry. */
export async function lookAtToken(
  walk: Walk,
  { credential }: Identity,
  { audience }: Place,
): Promise<IdToken | undefined> {
  const { impersonate, network, audience: asked } = walk.options;
  if (!credential) return undefined;
  const canChoose = impersonate !== undefined || credential.canChooseAudience;
  const request = { credential, impersonate, network, audience: canChoose ? audience : asked };
  const link = impersonate === undefined ? "token" : "impersonation";
  return walk.attempt(link, async () => getIdToken(walk.context, request));
}

/** What the claims of a token say: whose it is, and whether the service takes its audience. Nothing of the token is shown. */
export function judgeToken(walk: Walk, token: IdToken | undefined, { service, audience }: Place): readonly Finding[] {
  if (token === undefined) {
    const why = walk.failure("token") ?? notApplicable("token", "there is none to look at");
    return [why, notApplicable("audience", "there is no token")];
  }
  const { payload } = decodeJwt(token.token) ?? { payload: {} };
  const { aud, email, sub } = payload as Readonly<Record<string, unknown>>;
  const who =
    typeof email === "string" ? email : typeof sub === "string" ? `the principal ${sub}` : "nobody that it names";
  return [
    passed("token", `there is a token of ${who}, made out to ${nameAudience(aud)}`),
    judgeAudience(aud, service, audience),
  ];
}

function judgeAudience(aud: unknown, service: FoundService | undefined, asked: string | undefined): Finding {
  if (aud === gcloudClientId) return passed("audience", "Cloud Run takes tokens of users that are made out to gcloud");
  if (aud === adcClientId) {
    return unknown(
      "audience",
      "whether Cloud Run takes users' tokens of Application Default Credentials is not certain: Google's own sources disagree",
    );
  }
  if (typeof aud !== "string") return failed("audience", "the token names no audience");
  if (!service)
    return aud === asked ? passed("audience", `it is ${aud}, as asked for`) : unknown("audience", `it is ${aud}`);
  const known = [...service.urls, ...service.customAudiences];
  if (known.includes(aud) || service.urls.includes(aud.replace(/\/$/, "")))
    return passed("audience", `the service takes ${aud}`);
  return failed("audience", `the service does not take ${aud}, but ${known.join(" and ")}`);
}

function nameAudience(aud: unknown): string {
  if (aud === gcloudClientId) return "gcloud itself";
  return aud === adcClientId ? "Application Default Credentials' client" : typeof aud === "string" ? aud : "nobody";
}
