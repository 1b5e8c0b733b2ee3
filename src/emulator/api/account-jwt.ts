import { createPublicKey, verify } from "node:crypto";
import { accountKeyKind } from "../state/records.ts";
import type { AccountRecord } from "../state/records.ts";
import type { State } from "../state/state.ts";

const maxLifetimeSeconds = 3600;
/** How far clocks may differ. Unpublished. */
const clockSkewSeconds = 300;

/** Whether a JWT is signed by RS256 with a key of the account that counts now. Without `kid` any of its keys will do. */
export function isSignedBy(
  state: State,
  jwt: string,
  header: Readonly<Record<string, unknown>>,
  account: AccountRecord,
): boolean {
  const keys = state.store.list(accountKeyKind).filter((key) => key.account === account.uniqueId);
  const named = header["kid"] === undefined ? keys : keys.filter(({ id }) => id === header["kid"]);
  const now = state.clock.nowMs();
  const valid = named.filter(({ validBeforeMs, isDisabled }) => validBeforeMs > now && !isDisabled);
  const lastDot = jwt.lastIndexOf(".");
  const content = Buffer.from(jwt.slice(0, lastDot));
  const signature = Buffer.from(jwt.slice(lastDot + 1), "base64url");
  const isSigned = valid.some(({ publicKey }) => verify("RSA-SHA256", content, createPublicKey(publicKey), signature));
  return header["alg"] === "RS256" && isSigned;
}

/** Whether a JWT of an account lives no longer than an hour, and now. `iat` and `exp`: seconds since the Unix epoch. */
export function isShortLived(state: State, iat: unknown, exp: unknown): boolean {
  const now = state.clock.nowMs() / 1000;
  return (
    typeof iat === "number" &&
    typeof exp === "number" &&
    exp > now - clockSkewSeconds &&
    iat < now + clockSkewSeconds &&
    exp > iat &&
    exp - iat <= maxLifetimeSeconds + clockSkewSeconds
  );
}
