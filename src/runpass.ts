/**
 * The client library: ID tokens for private Cloud Run services, by the same code as the command.
 *
 * @example
 * import { createContext, getIdToken, locate, parseTarget, resolveCredential } from "runpass";
 *
 * const context = createContext();
 * const credential = await resolveCredential(context);
 * const { token } = await getIdToken(context, {
 *   credential,
 *   impersonate: ["invoker@my-project.iam.gserviceaccount.com"],
 *   audience: "https://my-service-123456789012.us-central1.run.app",
 * });
 */
import { homedir } from "node:os";
import { env, platform } from "node:process";
import { systemClock } from "./core/clock.ts";
import type { Context } from "./core/context.ts";
import { silentLogger } from "./core/context.ts";
import { createFetch } from "./http/fetch.ts";

export type { Clock } from "./core/clock.ts";
export type { Answer, Context, Fetch, Logger } from "./core/context.ts";
export type { Environment } from "./core/environment.ts";
export { errorCodes, RunpassError } from "./core/errors.ts";
export type { ErrorCode, ErrorDetails } from "./core/errors.ts";
export type { Credential, FetchedIdToken, LookedAt, TokenOptions } from "./credentials/credential.ts";
export { findCredential, resolveCredential } from "./credentials/resolve.ts";
export type { Resolution, ResolveOptions } from "./credentials/resolve.ts";
export { decodeJwt } from "./google/id-token.ts";
export type { IdTokenClaims } from "./google/id-token.ts";
export type { NetworkOptions } from "./http/network.ts";
export type { FindServiceOptions } from "./run/find-service.ts";
export type { FoundService } from "./run/found-service.ts";
export { locate } from "./run/locate.ts";
export type { Located } from "./run/locate.ts";
export { parseTarget } from "./run/target.ts";
export type { AccountTarget, ParseTargetOptions, ServiceTarget, Target, UrlTarget } from "./run/target.ts";
export { getIdToken } from "./tokens/id-tokens.ts";
export type { IdToken, IdTokenRequest } from "./tokens/id-tokens.ts";

/**
 * What the other functions need of this process: its environment, clock and network. Proxies and CAs are taken from the
 * environment; nothing is logged.
 *
 * @param overrides Parts to use instead, for example a clock in a test.
 */
export function createContext(overrides: Partial<Context> = {}): Context {
  const environment = overrides.environment ?? { variables: env, homeDir: homedir(), platform };
  return { clock: systemClock, fetch: createFetch({ environment }), log: silentLogger, ...overrides, environment };
}
