import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import type { FetchedIdToken } from "../credentials/credential.ts";
import { isFresh } from "../credentials/freshness.ts";
import { decodeJwt } from "../google/id-token.ts";
import { adcClientId } from "../google/oauth.ts";
import { cacheKey } from "./cache-key.ts";
import { openTokenCache } from "./cache.ts";
import type { TokenCache } from "./cache.ts";
import type { IdTokenRequest } from "./id-token-request.ts";

export type { IdTokenRequest } from "./id-token-request.ts";

/** A Google-signed ID token, for use in a request. */
export interface IdToken {
  readonly token: string;
  readonly audience: string;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAtMs: number;
  /** E-mail, or a service account's unique id where the token carries none. */
  readonly principal?: string;
  /** Where it came from this time: our cache, gcloud's own store, Google, or whoever handed it to us. */
  readonly source: "cache" | FetchedIdToken["source"];
}

interface Work {
  readonly cache: TokenCache;
  /** Requests under way, by key: whoever asks for the same gets the same. */
  readonly flights: Map<string, Promise<IdToken>>;
}

const workOf = new WeakMap<Context, Work>();

/**
 * An ID token with at least five minutes left: from the cache, else a new one. In the cached case no request is made and no
 * library loaded. Processes that ask for the same token at once make one request between them. When Google cannot be reached,
 * a token that still has a minute is given rather than none.
 *
 * @throws {RunpassError} as {@link mintIdToken}.
 */
export async function getIdToken(context: Context, request: IdTokenRequest): Promise<IdToken> {
  warnOfAdcClient(context, request);
  // A token that was handed to us is kept where it is, and nowhere else.
  if (request.cache === false || request.credential.kind === "id_token") return mint(context, request);
  const key = cacheKey(context.environment, request);
  const { cache, flights } = openWork(context);
  const cached = readCached(cache, key);
  if (cached && isFresh(cached.expiresAtMs, context.clock.nowMs())) return cached;
  let flight = flights.get(key);
  if (!flight) {
    flight = renew(context, request, cache, key).finally(() => flights.delete(key));
    flights.set(key, flight);
  }
  try {
    return await flight;
  } catch (error) {
    const leftMs = (cached?.expiresAtMs ?? 0) - context.clock.nowMs();
    if (!cached || !(error instanceof RunpassError) || !error.retryable || leftMs < 60_000) throw error;
    context.log.warn(`${error.message}; going on with a token that ends in ${Math.floor(leftMs / 60_000)} min`);
    return cached;
  }
}

function openWork(context: Context): Work {
  const work = workOf.get(context) ?? { cache: openTokenCache(context), flights: new Map<string, Promise<IdToken>>() };
  workOf.set(context, work);
  return work;
}

async function renew(context: Context, request: IdTokenRequest, cache: TokenCache, key: string): Promise<IdToken> {
  const { withLock } = await import("./lock.ts");
  const before = cache.read(key);
  /** What somebody else got meanwhile is as good as what we would get, even where this machine's clock makes it look old. */
  const readNew = (): IdToken | undefined => {
    const cached = readCached(cache, key);
    if (!cached) return undefined;
    return cached.token !== before || isFresh(cached.expiresAtMs, context.clock.nowMs()) ? cached : undefined;
  };
  const mintAndKeep = async (): Promise<IdToken> => {
    const minted = await mint(context, request);
    cache.write(key, minted.token);
    return minted;
  };
  return withLock(cache.lockFile(key), readNew, mintAndKeep, { signal: context.signal });
}

async function mint(context: Context, request: IdTokenRequest): Promise<IdToken> {
  const { clock, log } = context;
  const startMs = clock.nowMs();
  const minted = await mintOnce(context, request);
  if (minted.expiresAtMs > clock.nowMs()) return minted;
  // It ended on its way, as where a machine sleeps in between.
  if (minted.expiresAtMs > startMs) return mintOnce(context, request);
  const leadMin = Math.ceil((clock.nowMs() - minted.expiresAtMs) / 60_000);
  log.warn(`The new token seems to have expired ${leadMin} min ago: this machine's clock is ahead of Google's`);
  return minted;
}

async function mintOnce(context: Context, request: IdTokenRequest): Promise<IdToken> {
  const { mintIdToken } = await import("./mint.ts");
  const { token, source } = await mintIdToken(context, request);
  const idToken = describe(token, source);
  if (idToken) return idToken;
  throw new RunpassError({
    code: "google_unreachable",
    message: "The answer for an ID token held something else",
    fix: "Run the command again; behind a proxy, check that it lets the answer through unchanged",
  });
}

/** What was stored, if it is a token at all; a damaged file counts as none and is written over in time. */
function readCached(cache: TokenCache, key: string): IdToken | undefined {
  const token = cache.read(key);
  return token === undefined ? undefined : describe(token, "cache");
}

function describe(token: string, source: IdToken["source"]): IdToken | undefined {
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return undefined;
  const { aud, exp, email, sub } = decodeJwt(token)?.payload ?? {};
  if (typeof aud !== "string" || typeof exp !== "number") return undefined;
  const principal = typeof email === "string" ? email : sub;
  return {
    token,
    audience: aud,
    expiresAtMs: exp * 1000,
    ...(typeof principal === "string" ? { principal } : {}),
    source,
  };
}

function warnOfAdcClient({ log }: Context, { credential, impersonate = [] }: IdTokenRequest): void {
  if (credential.oauthClientId !== adcClientId || impersonate.length > 0) return;
  log.warn(
    "Cloud Run may not take ID tokens of Application Default Credentials: Google's own sources disagree. " +
      "If it refuses, log in with gcloud auth login and add --credentials gcloud",
  );
}
