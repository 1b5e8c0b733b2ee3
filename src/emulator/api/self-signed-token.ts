import { decodeJwt } from "../../google/id-token.ts";
import type { AccountRecord } from "../state/records.ts";
import type { State } from "../state/state.ts";
import { isShortLived, isSignedBy } from "./account-jwt.ts";

/** A JWT that a service account signed, in the place of an access token. */
export interface SelfSignedToken {
  readonly account: AccountRecord;
  /** `undefined`: it names the API itself, and needs no scopes. */
  readonly scopes: readonly string[] | undefined;
}

/**
 * Reads a JWT by which a service account calls an API without having asked for a token: Google's libraries make it from a key.
 * It names the API's address as its audience, with or without a path, or scopes.
 * Source: AIP-4111; Google Identity documentation, "Service account authorization without OAuth".
 *
 * @param host The API's, or a regional one of it.
 * @returns `undefined` for what is none, or counts for nothing here.
 */
export function readSelfSignedToken(state: State, token: string, host: string): SelfSignedToken | undefined {
  const jwt = decodeJwt(token);
  if (!jwt) return undefined;
  const { iss, sub, aud, scope, iat, exp } = jwt.payload;
  const account = typeof iss === "string" && sub === iss ? state.findAccount(iss) : undefined;
  if (!account || !isSignedBy(state, token, jwt.header, account) || !isShortLived(state, iat, exp)) return undefined;
  if (typeof scope === "string") return { account, scopes: scope.split(" ") };
  return isAddressOf(host, aud) ? { account, scopes: undefined } : undefined;
}

function isAddressOf(host: string, audience: unknown): boolean {
  if (typeof audience !== "string" || !URL.canParse(audience)) return false;
  const { protocol, hostname } = new URL(audience);
  return protocol === "https:" && (hostname === host || host.endsWith(`-${hostname}`));
}
