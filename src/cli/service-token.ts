import { openAddressCache } from "./address-cache.ts";
import type { Address } from "./address-cache.ts";
import { RunpassError } from "../core/errors.ts";
import type { Credential } from "../credentials/credential.ts";
import { locate } from "../run/locate.ts";
import { parseTarget } from "../run/target.ts";
import type { ServiceTarget, UrlTarget } from "../run/target.ts";
import { getIdToken } from "../tokens/id-tokens.ts";
import type { IdToken } from "../tokens/id-tokens.ts";
import type { Session } from "./session.ts";
import type { Settings } from "./command-line/settings.ts";

/** A TARGET that is a service, with its path or without. */
export function parseServiceTarget(text: string, allowPath = false): ServiceTarget | UrlTarget {
  return parseTarget(text, { allowPath }) as ServiceTarget | UrlTarget; // accounts are not allowed
}

/** Finds a service's address and audience: what Cloud Run Admin told once is kept. */
export async function locateService(
  session: Session,
  settings: Settings,
  target: ServiceTarget | UrlTarget,
): Promise<Address> {
  const { context, project, region, accessToken } = session;
  const audience = settings.text("audiences");
  const cache = openAddressCache(session, (await session.credential()).fingerprint, target);
  const known = settings.has("no-cache") ? undefined : cache.read();
  if (known) return audience === undefined ? known : { ...known, audience };
  const located = await locate(context, { target, project, region, accessToken, audience });
  if (located.service && audience === undefined) cache.write(located);
  return located;
}

/**
 * Gets the ID token that a call of a service needs.
 *
 * @param isFresh a new one, even where one that is still valid is at hand.
 * @param audienceOf Tells the service's audience; asked only where the token's principal can choose one and the user has not.
 */
export async function getServiceToken(
  session: Session,
  settings: Settings,
  audienceOf: () => Promise<string | undefined>,
  isFresh = false,
): Promise<IdToken> {
  const credential = await session.credential();
  const canChoose = session.impersonate !== undefined || credential.canChooseAudience;
  const audience = settings.text("audiences") ?? (await audienceFor(credential, canChoose, audienceOf));
  if (canChoose && audience === undefined) {
    throw new RunpassError({
      code: "invalid_argument",
      message: "The token's audience is not known",
      why: "a service account's token is made out to one service, and none is named",
      fix: "Name the service, or the audience with --audience.",
    });
  }
  return getIdToken(session.context, {
    credential,
    audience,
    impersonate: session.impersonate,
    includeEmail: settings.has("include-email"),
    network: session.network,
    cache: !isFresh && !settings.has("no-cache"),
  });
}

/** Whoever can choose an audience must know it; a token that was handed over is compared with it, where it can be known. */
async function audienceFor(
  { kind }: Credential,
  canChoose: boolean,
  audienceOf: () => Promise<string | undefined>,
): Promise<string | undefined> {
  if (canChoose) return audienceOf();
  if (kind !== "id_token") return undefined;
  try {
    return await audienceOf();
  } catch (error) {
    // Looking it up takes what an ID token does not give; then the service itself will tell.
    if (error instanceof RunpassError && error.code === "access_token_unavailable") return undefined;
    throw error;
  }
}
